// Calls a scheduler.
#pragma once

#include <kj/async.h>

#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/transport/message_socket.h"

namespace pi::net {

struct DialOptions {
  Duration attemptMax = std::chrono::seconds(3);    // For each address.
  Duration handshakeMax = std::chrono::seconds(5);  // For whoever answers there; once one was
                                                    // silent, others have a second.
  Credentials credentials{};
  StreamLimits stream{};
};

// Tries the addresses one after the other; the first at which a scheduler lets us in is it.
// Dropping the promise gives up.  Fails with one sentence for people, and as
//   DISCONNECTED if nobody answers at any address, all of which it names;
//   UNIMPLEMENTED if somebody does, who is no scheduler;
//   OVERLOADED if somebody does, who then falls silent, or has no room;
//   FAILED if keys are wrong or missing, whoever's.
kj::Promise<kj::Own<MessageSocket>> dial(KjLoop& loop, std::vector<Address> addresses,
                                         const DialOptions& options = {});

// Of a scheduler that takes connections and says nothing.
std::string silentText(const std::string& peer);

// Two ends of a pipe in this process, for a scheduler and its peer on one loop.
struct LocalPair {
  kj::Own<MessageSocket> first;
  kj::Own<MessageSocket> second;
};
LocalPair connectLocalPair(KjLoop& loop, const StreamLimits& limits = {});

}  // namespace pi::net
