#include "scheduler/doorman.h"

#include <spdlog/spdlog.h>

#include "common/net/clock.h"

namespace pi::scheduler {
namespace {

constexpr std::uint64_t kFailureLogsPerSecond = 5;

}  // namespace

Doorman::Doorman(Reactor& reactor)
    : reactor_(reactor), failureLogs_(kFailureLogsPerSecond), ends_(ignoreFailures_) {}

void Doorman::admit(kj::Own<net::MessageSocket> socket) {
  std::uint64_t id = ++visits_;
  auto visit = kj::refcounted<Visit>();
  auto gate = makeGate(reactor_, kj::addRef(*visit), socket->role());
  auto connection = kj::heap<net::Connection>(kj::mv(socket), kj::mv(gate));
  spdlog::debug("{} connected as {}", connection->peer(), name(connection->role()));
  ends_.add(connection->onDisconnect().then([this, id] { leave(id); }));
  visitors_.emplace(id, Visitor{kj::mv(visit), kj::mv(connection)});
}

kj::Promise<void> Doorman::closeAll() {
  for (auto& [id, visitor] : visitors_) visitor.connection->close();
  return ends_.onEmpty();
}

void Doorman::leave(std::uint64_t visitor) {
  auto found = visitors_.find(visitor);
  const net::Connection& connection = *found->second.connection;
  std::string failure = connection.failure();
  spdlog::debug("{} disconnected", connection.peer());
  if (!failure.empty() && failureLogs_.allows(net::now())) {
    spdlog::warn("{}{}", failure, failureLogs_.takeNote());
  }
  if (found->second.visit->seat) reactor_.lose(*found->second.visit->seat);
  visitors_.erase(found);
}

}  // namespace pi::scheduler
