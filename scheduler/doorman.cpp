#include "scheduler/doorman.h"

#include <spdlog/spdlog.h>

namespace pi::scheduler {

Doorman::Doorman(Reactor& reactor) : reactor_(reactor), ends_(ignoreFailures_) {}

void Doorman::admit(kj::Own<net::MessageSocket> socket) {
  std::uint64_t id = ++visits_;
  auto visit = kj::refcounted<Visit>();
  auto gate = makeGate(reactor_, kj::addRef(*visit));
  auto connection = kj::heap<net::Connection>(kj::mv(socket), kj::mv(gate));
  spdlog::debug("{} connected", connection->peer());
  ends_.add(connection->onDisconnect().then([this, id] { leave(id); }));
  visitors_.emplace(id, Visitor{kj::mv(visit), kj::mv(connection)});
}

void Doorman::leave(std::uint64_t visitor) {
  auto found = visitors_.find(visitor);
  spdlog::debug("{} disconnected", found->second.connection->peer());
  if (found->second.visit->seat) reactor_.lose(*found->second.visit->seat);
  visitors_.erase(found);
}

}  // namespace pi::scheduler
