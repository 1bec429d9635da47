#include "scheduler/connection_manager.h"

#include <spdlog/spdlog.h>

#include "common/net/loop/clock.h"

namespace pi::scheduler {
namespace {

constexpr std::uint64_t kFailureLogsPerSecond = 5;

// A peer that was let in has so long to become a client or a worker.
constexpr Duration kEntryMax = std::chrono::seconds(10);

}  // namespace

ConnectionManager::ConnectionManager(Reactor& reactor)
    : reactor_(reactor), failureLogs_(kFailureLogsPerSecond), ends_(ignoreFailures_) {}

void ConnectionManager::admit(kj::Own<net::MessageSocket> socket) {
  std::uint64_t id = ++visits_;
  auto visit = kj::refcounted<Visit>();
  auto gate = makeGate(reactor_, kj::addRef(*visit), socket->role());
  auto connection = kj::heap<net::Connection>(kj::mv(socket), kj::mv(gate));
  spdlog::debug("{} connected as {}", connection->peer(), name(connection->role()));
  auto& visitor = visitors_.emplace(id, Visitor{kj::mv(visit), kj::mv(connection)}).first->second;
  auto isLate = reactor_.timer().afterDelay(net::toKj(kEntryMax)).then([this, &visitor] {
    expectEntry(visitor);
    return kj::Promise<void>(kj::NEVER_DONE);
  });
  ends_.add(visitor.connection->onDisconnect().exclusiveJoin(kj::mv(isLate)).then([this, id] {
    leave(id);
  }));
}

// Whoever has a key and no business holds a place that somebody else may want.
void ConnectionManager::expectEntry(Visitor& visitor) {
  if (visitor.visit->isSettled()) return;
  warn("hung up on " + visitor.connection->peer() + ", which did not say what it came for");
  visitor.connection->close();
}

kj::Promise<void> ConnectionManager::closeAll() {
  for (auto& [id, visitor] : visitors_) visitor.connection->close();
  return ends_.onEmpty();
}

void ConnectionManager::leave(std::uint64_t visitor) {
  auto found = visitors_.find(visitor);
  const net::Connection& connection = *found->second.connection;
  std::string failure = connection.failure();
  spdlog::debug("{} disconnected", connection.peer());
  if (!failure.empty()) warn(failure);
  if (found->second.visit->seat) reactor_.lose(*found->second.visit->seat);
  visitors_.erase(found);
}

// Peers cause these lines: they must not fill the disk.
void ConnectionManager::warn(const std::string& line) {
  if (failureLogs_.allows(net::now())) spdlog::warn("{}{}", line, failureLogs_.takeNote());
}

}  // namespace pi::scheduler
