// Connects to a scheduler.
#pragma once

#include <kj/async.h>

#include <functional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/tls/tls.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/lookup.h"
#include "common/net/transport/message_socket.h"

namespace pi::net {

// Why no connection to one address of several could be made.  The others may work: only if none
// does there is a ConnectFailure.
enum class Unreached {
  kRefused,   // Its machine says that no program listens there.
  kNoAnswer,  // Nothing came back in time.
  kNoWay,     // There is no way to it, or something on the way rejects the connection.
  kNoName,    // Its name has no numeric address that is known.
  kOther,
};

struct DialOptions {
  Duration attemptMax = kDialMax;  // To connect to one address.
  // For one handshake.  After one address was silent, the others have kDialHandshakeMaxAgain.
  Duration handshakeMax = kDialHandshakeMax;
  // The next address is called this long after the last one, if that has not answered.
  Duration nextCall = std::chrono::milliseconds(250);
  Duration lookupMax = kDialLookupMax;  // For all names together; it is not a part of attemptMax.
  Resolve resolve = resolveBySystem;
  Credentials credentials = std::shared_ptr<const TlsContext>();
  StreamLimits stream{};
  // Called for each address to which no connection could be made.
  std::function<void(Unreached)> onUnreached{};
};

// Connects to the first of the addresses at which a scheduler accepts this program.  Calls all of
// them if need be, a few at a time.  Dropping the promise stops it.  Fails with asException() of a
// ConnectError: kUnreachable (its sentence names all addresses), kNotAScheduler, kSilent, kFull or
// kRefused.
kj::Promise<kj::Own<MessageSocket>> dial(KjLoop& loop, const std::vector<Address>& addresses,
                                         const DialOptions& options = {});

// The sentence for a scheduler that accepts connections and does not answer.
std::string silentText(const std::string& peer);

// Two ends of a local socket, for a scheduler and its peer on one loop.
struct LocalPair {
  kj::Own<MessageSocket> first;
  kj::Own<MessageSocket> second;
};
LocalPair connectLocalPair(KjLoop& loop, const StreamLimits& limits = {});

}  // namespace pi::net
