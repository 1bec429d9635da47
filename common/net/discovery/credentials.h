// What a program has to show at a scheduler's door.
#pragma once

#include <memory>
#include <string>

#include "common/model/access.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/tls/tls.h"

namespace pi::net {

// Neither of the two: in clear.
struct Credentials {
  std::shared_ptr<const TlsContext> tls{};
  std::string missing{};  // Why there is nothing to show: one sentence, for after the call.
};

// What a worker, a client or an owner has, by the command line or else by the connection file,
// which says, too, whether that scheduler goes without.  An owner's call takes a client's key if
// there is no other, and the reverse.  Never throws: the scheduler is called before keys are looked
// for.
Credentials credentialsFor(Role role, const AccessOptions& options, const ConnectionFileRead& file);

}  // namespace pi::net
