// Calls a scheduler.
#pragma once

#include <kj/async.h>

#include <vector>

#include "common/base/address.h"
#include "common/net/kj_loop.h"
#include "common/net/message_socket.h"

namespace pi::net {

struct DialOptions {
  Duration attemptMax = std::chrono::seconds(3);  // For each address.
  StreamLimits stream{};
};

// Tries the addresses one after the other; the first that answers is it.  Fails, with one line that
// names them all, as DISCONNECTED.  Dropping the promise gives up.
kj::Promise<kj::Own<MessageSocket>> dial(KjLoop& loop, std::vector<Address> addresses,
                                         const DialOptions& options = {});

// Two ends of a pipe in this process, for a scheduler and its peer on one loop.
struct LocalPair {
  kj::Own<MessageSocket> first;
  kj::Own<MessageSocket> second;
};
LocalPair connectLocalPair(KjLoop& loop, const StreamLimits& limits = {});

}  // namespace pi::net
