#include "client/embedded.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <utility>

#include "client/failure.h"
#include "common/net/transport/interfaces.h"
#include "scheduler/connection_manager.h"
#include "scheduler/reactor.h"
#include "worker/affinity.h"
#include "worker/reactor.h"
#include "worker/speed.h"

namespace pi::client {
namespace {

WorkerProfile describe(std::uint32_t threads, const kernels::Kernel& kernel) {
  return {.name = "local",
          .host = net::hostName(),
          .pid = static_cast<std::uint32_t>(::getpid()),
          .threads = threads,
          .kernel = std::string(kernel.name),
          .samplesPerSecond = worker::measureSpeed(kernel) * threads,
          .batchJob = {}};
}

kj::Own<net::MessageSocket> callConnectionManager(net::KjLoop& loop,
                                                  scheduler::ConnectionManager& connections) {
  net::LocalPair pair = net::connectLocalPair(loop);
  connections.admit(kj::mv(pair.first));
  return kj::mv(pair.second);
}

}  // namespace

struct EmbeddedCluster::Parts {
  Parts(net::KjLoop& loop, std::uint32_t threadCount, const kernels::Kernel& kernel)
      : threads(threadCount),
        reactor(loop, scheduler::Config{.blockSamples = kBlockSamples}),
        connections(reactor),
        worker(loop, {.config = {}, .profile = describe(threadCount, kernel)}, kernel,
               [this, &loop]() -> kj::Promise<kj::Own<net::MessageSocket>> {
                 return callConnectionManager(loop, connections);
               }) {}

  std::uint32_t threads;
  scheduler::Reactor reactor;
  scheduler::ConnectionManager connections;
  worker::Reactor worker;
};

EmbeddedCluster::EmbeddedCluster(net::KjLoop& loop, std::uint32_t threads) {
  spdlog::set_level(spdlog::level::off);  // Its log would be about the user's own process.
  const kernels::Kernel& kernel = kernels::best();
  if (!kernels::answersCorrectly(kernel)) {
    throw Failure(ExitCode::kFailed, "the kernel '" + std::string(kernel.name) +
                                         "' computes wrongly on this machine; do not trust it");
  }
  parts_ = std::make_unique<Parts>(loop, threads == 0 ? worker::usableCpus() : threads, kernel);
}

EmbeddedCluster::~EmbeddedCluster() = default;

std::uint32_t EmbeddedCluster::threads() const { return parts_->threads; }

net::ClientLink EmbeddedCluster::enter(net::KjLoop& loop, std::optional<Instant> deadline) {
  return net::enterAsClient(loop, callConnectionManager(loop, parts_->connections), deadline);
}

}  // namespace pi::client
