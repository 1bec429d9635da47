#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/base/quantity.h"
#include "common/cli/log.h"
#include "common/cli/terminal.h"
#include "common/net/check/check.h"
#include "common/net/check/report.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/clock.h"
#include "common/net/loop/kj_log.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/process_limits.h"
#include "common/net/loop/signals.h"
#include "common/net/loop/standard_files.h"
#include "common/net/rpc/client_link.h"
#include "common/net/secrets/hardening.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/dial.h"
#include "worker/affinity.h"
#include "worker/batch_job.h"
#include "worker/core/end_signals.h"
#include "worker/devices/devices.h"
#include "worker/options.h"
#include "worker/profile.h"
#include "worker/reactor.h"

namespace {

using namespace pi;

// At the end the threads have this long to finish the block that they compute.
constexpr Duration kThreadsEndMax = std::chrono::milliseconds(500);

// Open at once: those of the loop, and connections to several addresses of the scheduler.
constexpr std::size_t kFilesNeeded = 24;

// Each of them drains the worker.
constexpr std::initializer_list<int> kSignals{SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGXCPU};

ExitCode fail(const std::string& sentence, ExitCode code) {
  std::fprintf(stderr, "pi-worker: %s\n", sentence.c_str());
  return code;
}

// Why the kernel of this name cannot be used; nullopt if it can.
std::optional<std::string> whyNot(const kernels::Kernel* kernel, const std::string& name) {
  if (kernel != nullptr && kernel->isSupported()) return std::nullopt;
  std::string names;
  for (const kernels::Kernel& each : kernels::all()) {
    if (each.isSupported()) names += " " + std::string(each.name);
  }
  return "--kernel: this CPU has no kernel '" + name + "'; it has: auto" + names;
}

std::string connectionFileOf(const WorkerOptions& options) {
  return options.connectionFile.value_or(net::defaultConnectionFile().string());
}

// Connects to the address on the command line, else to those in the connection file.  The file is
// read for each attempt: a restarted scheduler may have another address and other keys.
kj::Promise<kj::Own<net::MessageSocket>> dialScheduler(net::KjLoop& loop,
                                                       const WorkerOptions& options) {
  net::ConnectionFileRead file = net::readConnectionFile(connectionFileOf(options));
  if (!options.scheduler && !file.hasValue()) {
    return net::asException({file.error().isUnsafe() ? net::ConnectFailure::kRefused
                                                     : net::ConnectFailure::kUnreachable,
                             file.error().what()});
  }
  net::DialOptions access{.credentials = net::credentialsFor(Role::kWorker, options.access, file)};
  if (options.scheduler) return net::dial(loop, {*options.scheduler}, access);
  return net::dial(loop, file->addresses, access);
}

// A file that is no connection file does not become one while the worker waits.  One that is
// missing may come with its scheduler.
std::optional<ExitCode> refuseConnectionFile(const WorkerOptions& options) {
  if (options.scheduler) return std::nullopt;
  net::ConnectionFileRead file = net::readConnectionFile(connectionFileOf(options));
  if (file.hasValue() || file.error().isMissing()) return std::nullopt;
  return fail(file.error().what(),
              file.error().isUnsafe() ? ExitCode::kRefused : ExitCode::kFailed);
}

ExitCode codeOf(worker::action::ExitReason reason) {
  switch (reason) {
    case worker::action::ExitReason::kDrained:
      return ExitCode::kDone;
    case worker::action::ExitReason::kNoScheduler:
      return ExitCode::kNoScheduler;
    case worker::action::ExitReason::kRefused:
      return ExitCode::kRefused;
    case worker::action::ExitReason::kNoDevice:
      return ExitCode::kFailed;
  }
  return ExitCode::kFailed;
}

std::uint32_t threadsFor(const WorkerOptions& options) {
  return options.threads == 0 ? worker::usableCpus() : options.threads;
}

ExitCode listDevices(const WorkerOptions& options, const kernels::Kernel& kernel) {
  std::string list = worker::deviceList(kernel, threadsFor(options));
  if (auto failure = cli::writeToStdout(list)) return fail(*failure, ExitCode::kFailed);
  return ExitCode::kDone;
}

ExitCode work(const WorkerOptions& options) {
  const Instant begin = net::now();
  cli::startLog(options.logLevel, options.logFormat);
  net::KjLog kjLog;
  net::ignoreBrokenPipes();
  net::KjLoop loop;
  kj::Own<worker::Reactor> reactor;
  // First, so that a signal during the start is not missed; it waits for the loop to run.
  worker::EndSignals ends;
  net::Signals signals(loop, kSignals, [&reactor, &ends](int number) {
    switch (ends.on(number, net::now())) {
      case worker::EndSignals::Meaning::kDrain:
        return reactor->requestDrain();
      case worker::EndSignals::Meaning::kLeaveNow:
        return reactor->leaveNow();
    }
  });
  const kernels::Kernel* kernel =
      options.kernel.empty() ? &kernels::best() : kernels::find(options.kernel);
  if (std::optional<std::string> reason = whyNot(kernel, options.kernel)) {
    return fail(*reason, ExitCode::kUsage);
  }
  if (options.devices.kind == worker::DeviceChoice::Kind::kList) {
    return listDevices(options, *kernel);
  }
  worker::BatchEnd end = worker::batchEnd(net::wallNow());
  if (!end.warning.empty()) spdlog::warn("{}", end.warning);
  if (end.timeLeft && *end.timeLeft <= Duration::zero()) return ExitCode::kDone;
  if (std::optional<ExitCode> code = refuseConnectionFile(options)) return *code;
  if (!kernels::answersCorrectly(*kernel)) {
    return fail("the kernel '" + std::string(kernel->name) +
                    "' gives wrong results on this machine; do not trust the machine, or choose "
                    "another kernel with --kernel",
                ExitCode::kFailed);
  }
  worker::Devices devices = worker::openDevices(options.devices, *kernel, threadsFor(options));
  if (end.timeLeft) {
    spdlog::info("this batch job ends in {}", durationText(*end.timeLeft));
    *end.timeLeft -= net::now() - begin;
  }
  worker::ReactorOptions setup{.config = {.deathTimeout = options.deathTimeout,
                                          .lifetime = options.lifetime,
                                          .killedAfter = end.timeLeft},
                               .profile = worker::describeWorker(options.name, devices, *kernel),
                               .ownsLog = true};

  reactor = kj::heap<worker::Reactor>(loop, setup, std::move(devices.units),
                                      [&loop, &options] { return dialScheduler(loop, options); });
  ExitCode code = codeOf(reactor->done().wait(loop.waitScope()));
  if (!reactor->endThreads(kThreadsEndMax)) {
    spdlog::warn("a thread hangs; its work was not reported");
    std::_Exit(static_cast<int>(code));  // The thread still uses objects that would be destroyed.
  }
  // Everything is reported: from here on a signal would only spoil the exit code.  The threads,
  // which would accept one, are joined first.
  reactor = nullptr;
  net::holdBackSignals(kSignals);
  return code;
}

ExitCode check(const WorkerOptions& options) {
  net::KjLog kjLog;
  net::ignoreBrokenPipes();
  net::KjLoop loop;
  net::CheckReport report = net::checkWay(loop, {.role = Role::kWorker,
                                                 .file = connectionFileOf(options),
                                                 .address = options.scheduler,
                                                 .access = options.access});
  if (auto failure = cli::writeToStdout(textOf(report))) return fail(*failure, ExitCode::kFailed);
  return exitCodeOf(report);
}

ExitCode run(const WorkerOptions& options) {
  if (auto reason = net::whyTooFewFiles(kFilesNeeded)) return fail(*reason, ExitCode::kFailed);
  try {
    return options.check ? check(options) : work(options);
  } catch (const kj::Exception& exception) {
    return fail(net::sentenceOf(exception), ExitCode::kFailed);
  } catch (const std::bad_alloc&) {
    return fail(
        "there is not enough memory; raise its limit (ulimit -v), or ask for fewer --threads",
        ExitCode::kFailed);
  } catch (const std::exception& failure) {
    return fail(net::sentenceOf(failure), ExitCode::kFailed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  net::openStandardFiles();
  net::keepMemoryPrivate(net::kCallerConnections);
  auto parsed = parseWorkerOptions({argv + 1, argv + argc});
  return static_cast<int>(cli::dispatch<WorkerOptions>("pi-worker", parsed, run));
}
