#include "client/embedded.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "client/failure.h"
#include "common/base/quantity.h"
#include "scheduler/rpc/connection_manager.h"
#include "scheduler/service/scheduler_service.h"
#include "worker/affinity.h"
#include "worker/devices/devices.h"
#include "worker/profile.h"
#include "worker/reactor.h"

namespace pi::client {
namespace {

kj::Own<net::MessageSocket> connectLocally(net::KjLoop& loop,
                                           scheduler::ConnectionManager& connections) {
  net::LocalPair pair = net::connectLocalPair(loop);
  connections.admit(kj::mv(pair.first));
  return kj::mv(pair.second);
}

}  // namespace

struct EmbeddedCluster::Parts {
  Parts(net::KjLoop& loop, worker::Devices devices, const kernels::Kernel& kernel)
      : threads(devices.threads),
        service(loop, scheduler::Config{}),
        connections(service),
        profile(worker::describeWorker("local", devices, kernel)),
        worker(loop, {.config = {}, .profile = profile}, std::move(devices.units),
               [this, &loop]() -> kj::Promise<kj::Own<net::MessageSocket>> {
                 return connectLocally(loop, connections);
               }) {}

  std::uint32_t threads;
  scheduler::SchedulerService service;
  scheduler::ConnectionManager connections;
  WorkerProfile profile;
  worker::Reactor worker;
};

EmbeddedCluster::EmbeddedCluster(net::KjLoop& loop, std::uint32_t threads) {
  spdlog::set_level(spdlog::level::off);  // The log is of no use for a run inside one process.
  const kernels::Kernel& kernel = kernels::best();
  if (!kernels::answersCorrectly(kernel)) {
    throw Failure(ExitCode::kFailed, "kernel " + std::string(kernel.name) +
                                         " computes wrong results on this machine; do not use it");
  }
  std::uint32_t count = threads == 0 ? worker::usableCpus() : threads;
  parts_ = std::make_unique<Parts>(loop, worker::cpuDevices(kernel, count), kernel);
}

EmbeddedCluster::~EmbeddedCluster() = default;

std::uint32_t EmbeddedCluster::threads() const { return parts_->threads; }

std::uint32_t EmbeddedCluster::usableCpus() { return worker::usableCpus(); }

std::uint64_t EmbeddedCluster::samplesPerSecond() const { return parts_->profile.samplesPerSecond; }

net::ClientLink EmbeddedCluster::connect(net::KjLoop& loop, std::optional<Instant> deadline) {
  return net::enterAsClient(loop, connectLocally(loop, parts_->connections), deadline);
}

}  // namespace pi::client
