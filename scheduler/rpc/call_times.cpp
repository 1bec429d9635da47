#include "scheduler/rpc/call_times.h"

#include <capnp/schema.h>

#include <vector>

#include "proto/pi.capnp.h"

namespace pi::scheduler {
namespace {

using namespace std::chrono_literals;

std::vector<Duration> callBounds() {
  return {100us, 300us, 1ms, 3ms, 10ms, 30ms, 100ms, 300ms, 1s, 10s};
}

}  // namespace

CallTimes::CallTimes() {
  for (capnp::InterfaceSchema interface :
       {capnp::Schema::from<wire::WorkerGate>(), capnp::Schema::from<wire::ClientGate>(),
        capnp::Schema::from<wire::OwnerGate>(), capnp::Schema::from<wire::SchedulerGate>(),
        capnp::Schema::from<wire::WorkerDesk>(), capnp::Schema::from<wire::WorkerSession>(),
        capnp::Schema::from<wire::ClientDesk>(), capnp::Schema::from<wire::OwnerDesk>(),
        capnp::Schema::from<wire::Job>()}) {
    std::string prefix = std::string(interface.getShortDisplayName().cStr()) + ".";
    std::uint64_t id = interface.getProto().getId();
    for (auto method : interface.getMethods()) {
      std::string name = prefix + method.getProto().getName().cStr();
      methods_.try_emplace(Key{id, method.getOrdinal()},
                           Method{.name = std::move(name), .times = Histogram(callBounds())});
    }
  }
}

void CallTimes::onAnswered(std::uint64_t interface, std::uint16_t method, Duration took) {
  auto found = methods_.find({interface, method});
  if (found != methods_.end()) found->second.times.add(took);
}

}  // namespace pi::scheduler
