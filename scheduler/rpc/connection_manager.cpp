#include "scheduler/rpc/connection_manager.h"

#include <kj/vector.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "common/model/log_subject.h"
#include "common/net/loop/clock.h"
#include "scheduler/limits.h"
#include "scheduler/rpc/gate.h"

namespace pi::scheduler {

ConnectionManager::ConnectionManager(SchedulerService& service, std::string schedulerId)
    : service_(service),
      schedulerId_(std::move(schedulerId)),
      warnings_(kConnectionWarningsPerSecond),
      ends_(ignoreFailures_) {}

void ConnectionManager::admit(kj::Own<net::MessageSocket> socket) {
  std::uint64_t id = ++lastPeer_;
  auto session = kj::refcounted<PeerSession>();
  if (socket->role() == Role::kAnyone) session->places = &places_;
  auto gate = makeGate(service_, kj::addRef(*session), socket->role(), schedulerId_);
  auto connection = kj::heap<net::Connection>(kj::mv(socket), kj::mv(gate),
                                              net::ConnectionLimits{.observer = &callTimes_});
  spdlog::debug("{} connected as {}", connection->peer(), name(connection->role()));
  Peer& peer = peers_.emplace(id, Peer{kj::mv(session), kj::mv(connection)}).first->second;
  auto isLate = service_.timer().afterDelay(net::toKj(kEntryTimeout)).then([this, &peer] {
    expectEntry(peer);
    return kj::Promise<void>(kj::NEVER_DONE);
  });
  ends_.add(peer.connection->onDisconnect().exclusiveJoin(kj::mv(isLate)).then([this, id] {
    leave(id);
  }));
}

// A peer that does nothing takes the place of another one.
void ConnectionManager::expectEntry(Peer& peer) {
  if (peer.session->isSettled()) return;
  warn("closed the connection of " + peer.connection->peer() +
       ", which has entered neither as a worker nor as a client");
  peer.connection->close();
}

kj::Promise<void> ConnectionManager::flush() {
  // Answers that are due are written before the loop's queue is empty, and then they are flushed.
  return kj::evalLast([this] {
    kj::Vector<kj::Promise<void>> flushed;
    for (auto& [id, peer] : peers_) flushed.add(peer.connection->flush());
    return kj::joinPromises(flushed.releaseAsArray());
  });
}

kj::Promise<void> ConnectionManager::closeAll() {
  for (auto& [id, peer] : peers_) peer.connection->close();
  return ends_.onEmpty();
}

void ConnectionManager::leave(std::uint64_t id) {
  auto found = peers_.find(id);
  const Peer& peer = found->second;
  spdlog::debug("{} disconnected", peer.connection->peer());
  // A worker that has left in order closes without reading the last bytes, which is no failure.
  bool hasLeft = peer.session->worker && !service_.workers().isCurrent(*peer.session->worker);
  if (std::optional<std::string> failure = peer.connection->failure()) {
    if (hasLeft) {
      spdlog::debug("{}", *failure);
    } else {
      const std::optional<SessionId>& session = peer.session->worker;
      LogAbout about({.worker = session ? session->worker : WorkerId{}});
      warn(*failure);
    }
  }
  if (peer.session->worker) service_.workers().lose(*peer.session->worker);
  if (peer.session->places != nullptr && peer.session->enteredAs) {
    places_.giveBack(*peer.session->enteredAs);
  }
  peers_.erase(found);
}

void ConnectionManager::warn(const std::string& line) {
  if (warnings_.allows(net::now())) spdlog::warn("{}{}", line, warnings_.takeNote());
}

}  // namespace pi::scheduler
