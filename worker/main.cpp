#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <set>
#include <string>
#include <system_error>
#include <variant>

#include "common/cli/log.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"
#include "common/net/rpc/client_link.h"
#include "common/net/secrets/hardening.h"
#include "common/net/transport/dial.h"
#include "common/net/transport/interfaces.h"
#include "worker/affinity.h"
#include "worker/batch_job.h"
#include "worker/options.h"
#include "worker/reactor.h"
#include "worker/speed.h"

namespace {

using namespace pi;

// Of threads that need a block's time for it.
constexpr Duration kThreadsEndMax = std::chrono::milliseconds(500);

ExitCode fail(const std::string& sentence, ExitCode code) {
  std::fprintf(stderr, "pi-worker: %s\n", sentence.c_str());
  return code;
}

// Why a kernel cannot be used; empty when it can.
std::string whyNot(const kernels::Kernel* kernel, const std::string& name) {
  if (kernel != nullptr && kernel->isSupported()) return "";
  std::string names;
  for (const kernels::Kernel& each : kernels::all()) {
    if (each.isSupported()) names += " " + std::string(each.name);
  }
  return "--kernel: there is no kernel '" + name + "' for this CPU; there are: auto" + names;
}

// By the command line's address, else by the connection file's, which is read each time: a
// scheduler that was started again may be elsewhere, and have other keys.
kj::Promise<kj::Own<net::MessageSocket>> callScheduler(net::KjLoop& loop,
                                                       const WorkerOptions& options) {
  net::ConnectionFileRead file = net::readConnectionFile(
      options.connectionFile.value_or(net::defaultConnectionFile().string()));
  if (!options.scheduler && !file.hasValue()) {
    return net::asException({file.error().isUnsafe() ? net::ConnectFailure::kRefused
                                                     : net::ConnectFailure::kUnreachable,
                             file.error().what()});
  }
  net::DialOptions access{.credentials = net::credentialsFor(Role::kWorker, options.access, file)};
  if (options.scheduler) return net::dial(loop, {*options.scheduler}, access);
  return net::dial(loop, file->addresses, access);
}

WorkerProfile profileOf(const WorkerOptions& options, const kernels::Kernel& kernel) {
  WorkerProfile profile;
  profile.host = net::hostName();
  profile.pid = static_cast<std::uint32_t>(::getpid());
  profile.name =
      options.name.empty() ? profile.host + "-" + std::to_string(profile.pid) : options.name;
  profile.threads = options.threads == 0 ? worker::usableCpus() : options.threads;
  profile.kernel = kernel.name;
  profile.samplesPerSecond = worker::measureSpeed(kernel) * profile.threads;
  profile.batchJob = worker::batchJob();
  return profile;
}

ExitCode codeOf(worker::action::ExitReason reason) {
  switch (reason) {
    case worker::action::ExitReason::kDrained:
      return ExitCode::kDone;
    case worker::action::ExitReason::kNoScheduler:
      return ExitCode::kNoScheduler;
    case worker::action::ExitReason::kRefused:
      return ExitCode::kRefused;
  }
  return ExitCode::kFailed;
}

ExitCode work(const WorkerOptions& options) {
  cli::startLog(options.logLevel);
  net::ignoreBrokenPipes();
  net::KjLoop loop;
  kj::Own<worker::Reactor> reactor;
  // Before anything that takes time; what comes while the worker starts waits for the loop to run.
  // Batch systems send different signals one after the other, and mean one drain.
  std::set<int> seen;
  net::Signals signals(loop, {SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP},
                       [&reactor, &seen](int number) {
                         if (seen.insert(number).second) {
                           reactor->requestDrain();
                         } else {
                           reactor->leaveNow();
                         }
                       });
  const kernels::Kernel* kernel =
      options.kernel.empty() ? &kernels::best() : kernels::find(options.kernel);
  if (std::string reason = whyNot(kernel, options.kernel); !reason.empty()) {
    return fail(reason, ExitCode::kUsage);
  }
  if (!kernels::answersCorrectly(*kernel)) {
    return fail("kernel " + std::string(kernel->name) +
                    " computes wrongly on this machine: do not trust it; --kernel takes another",
                ExitCode::kFailed);
  }
  worker::ReactorOptions setup{
      .config = {.deathTimeout = options.deathTimeout, .lifetime = options.lifetime},
      .profile = profileOf(options, *kernel)};

  try {
    reactor = kj::heap<worker::Reactor>(loop, setup, *kernel,
                                        [&loop, &options] { return callScheduler(loop, options); });
  } catch (const std::system_error& failure) {
    return fail("the threads cannot be started: " + failure.code().message() +
                    "; ask for fewer with --threads",
                ExitCode::kFailed);
  }
  ExitCode code = codeOf(reactor->done().wait(loop.waitScope()));
  if (!reactor->endThreads(kThreadsEndMax)) {
    spdlog::warn("a thread hangs: left without what it has in hand");
    std::_Exit(static_cast<int>(code));  // It cannot be joined, and uses what would be destroyed.
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  net::keepMemoryPrivate();
  auto parsed = parseWorkerOptions({argv + 1, argv + argc});
  ExitCode code = ExitCode::kDone;
  if (const auto* shown = std::get_if<cli::ShowText>(&parsed)) {
    code = cli::print(*shown);
  } else if (const auto* error = std::get_if<cli::OptionError>(&parsed)) {
    code = cli::print("pi-worker", *error);
  } else {
    try {
      code = work(std::get<WorkerOptions>(parsed));
    } catch (const kj::Exception& exception) {
      code = fail(net::sentenceOf(exception), ExitCode::kFailed);
    } catch (const std::exception& failure) {
      code = fail(failure.what(), ExitCode::kFailed);
    }
  }
  return static_cast<int>(code);
}
