#include "scheduler/proof.h"

#include <kj/vector.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "common/net/rpc/connection.h"
#include "common/net/tls/keys.h"
#include "common/net/transport/dial.h"
#include "proto/pi.capnp.h"

namespace pi::scheduler {
namespace {

// For each step at an address: to connect, the handshake, the answer.
constexpr Duration kStepMax = std::chrono::seconds(1);

using Context = std::shared_ptr<const net::TlsContext>;

// Any key of the file will do, since only the scheduler has to prove itself; the client's key
// opens the fewest doors of those that a full file has.
net::Secret callersKey(const net::ConnectionFile& file) {
  for (const net::Secret* key : {&file.clientKey, &file.ownerKey, &file.workerKey}) {
    if (!key->empty()) return *key;
  }
  return net::makeKeyPair("pi-scheduler");
}

net::Credentials credentialsFor(const net::ConnectionFile& file, const AccessOptions& ours) {
  try {
    switch (file.security) {
      case net::Security::kNone:
        return Context();
      case net::Security::kCertificates:
        if (!ours.certificates) return net::KeyError("there is no certificate to call with");
        return Context(
            std::make_shared<net::TlsContext>(net::TlsSide::kCaller, *ours.certificates));
      case net::Security::kKeys:
        return Context(std::make_shared<net::TlsContext>(
            net::TlsSide::kCaller, callersKey(file),
            std::map<std::string, Role>{{file.schedulerKey, Role::kScheduler}}));
    }
  } catch (const net::KeyError& error) {
    return error;
  }
  return net::KeyError("unknown security");
}

// Asks the scheduler for its id.
kj::Promise<Presence> compareIds(net::KjLoop& loop, kj::Own<net::MessageSocket> socket,
                                 std::string expected) {
  auto connection = kj::heap<net::Connection>(kj::mv(socket));
  auto gate = connection->bootstrap().castAs<wire::SchedulerGate>();
  auto answered = gate.identifyRequest().send().then(
      [expected = std::move(expected)](auto&& answer) {
        return answer.getSchedulerId() == expected.c_str() ? Presence::kProven : Presence::kOther;
      },
      [](kj::Exception&&) { return Presence::kOther; });
  auto late = loop.timer().afterDelay(net::toKj(kStepMax)).then([] { return Presence::kOther; });
  return answered.exclusiveJoin(kj::mv(late)).attach(kj::mv(connection));
}

kj::Promise<Presence> presenceAt(net::KjLoop& loop, const Address& address,
                                 const net::ConnectionFile& file, const net::DialOptions& options) {
  bool isPinned = file.security == net::Security::kKeys;
  return net::dial(loop, {address}, options)
      .then(
          [&loop, isPinned,
           id = file.schedulerId](kj::Own<net::MessageSocket> socket) -> kj::Promise<Presence> {
            if (isPinned) return Presence::kProven;
            return compareIds(loop, kj::mv(socket), id);
          },
          [isPinned](kj::Exception&& error) -> kj::Promise<Presence> {
            std::optional<net::ConnectFailure> kind = net::connectFailureOf(error);
            if (kind == net::ConnectFailure::kUnreachable) return Presence::kGone;
            // A full scheduler says so after both keys were verified.
            bool isFull = kind == net::ConnectFailure::kFull;
            return isPinned && isFull ? Presence::kProven : Presence::kOther;
          });
}

}  // namespace

kj::Promise<Presence> findPresence(net::KjLoop& loop, const net::ConnectionFile& file,
                                   const AccessOptions& ours) {
  net::DialOptions options{
      .attemptMax = kStepMax, .handshakeMax = kStepMax, .credentials = credentialsFor(file, ours)};
  kj::Vector<kj::Promise<Presence>> all;
  for (const Address& address : file.addresses) {
    all.add(presenceAt(loop, address, file, options));
  }
  return kj::joinPromises(all.releaseAsArray()).then([](kj::Array<Presence> found) {
    return found.size() == 0 ? Presence::kGone : *std::max_element(found.begin(), found.end());
  });
}

}  // namespace pi::scheduler
