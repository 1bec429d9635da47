// Finds out whether the scheduler that a connection file names is still there.
#pragma once

#include <kj/async.h>

#include "common/model/access.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/loop/kj_loop.h"

namespace pi::scheduler {

enum class Presence {
  kGone,    // No program answers at its addresses.
  kOther,   // A program answers, and does not prove that it is this scheduler: another user's
            // scheduler, a service on the same port, a process that is suspended.
  kProven,  // It answers, and proves it.
};

// Calls all addresses of the file at once, for a few seconds.  The proof: it has the pinned key; or
// without keys its id is the one in the file; or with certificates it has a valid one and that id.
// `ours`: the certificates to call with.
kj::Promise<Presence> findPresence(net::KjLoop& loop, const net::ConnectionFile& file,
                                   const AccessOptions& ours);

}  // namespace pi::scheduler
