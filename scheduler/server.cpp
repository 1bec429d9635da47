#include "scheduler/server.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <utility>

#include "common/base/quantity.h"
#include "common/cli/log.h"
#include "common/model/version.h"
#include "common/net/loop/clock.h"
#include "common/net/loop/kj_log.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/interfaces.h"
#include "scheduler/allocation/provider/providers.h"
#include "scheduler/file_options.h"
#include "scheduler/leftovers.h"
#include "scheduler/limits.h"
#include "scheduler/service/metrics_log.h"
#include "scheduler/unsaved.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSchedulerIdBytes = 8;
constexpr std::initializer_list<int> kSignals{SIGTERM, SIGINT, SIGXCPU, SIGUSR1, SIGUSR2};

Config configFrom(const ServeOptions& options) {
  Config config;
  if (options.leaseTarget) {
    config.lease.target = *options.leaseTarget;
    config.lease.minimum = std::min(config.lease.minimum, *options.leaseTarget);
  }
  if (options.silenceTimeout) {
    config.silenceTimeout = *options.silenceTimeout;
    config.heartbeat = std::min(config.heartbeat, config.silenceTimeout / 5);
  }
  if (options.reconnectGrace) config.reconnectGrace = *options.reconnectGrace;
  return config;
}

std::unique_ptr<DurableState> openState(net::KjLoop& loop, const ServeOptions& options) {
  fs::path path = stateDirectoryOf(options);
  // No directory is made if the start is refused.  If there is one, the scheduler of the connection
  // file may be about to end, and the lock waits for that.
  std::error_code ignored;
  bool isNew = !fs::exists(path, ignored);
  if (isNew) refuseToHide(loop, options);
  auto directory = std::make_unique<StateDirectory>(path);
  if (!isNew) refuseToHide(loop, options);
  return std::make_unique<DurableState>(std::move(directory),
                                        options.isVolatile ? SaveJobs::kNo : SaveJobs::kYes);
}

// On stderr, whatever the log's level is.
void warnOfNoKeys(const ServeOptions& options) {
  std::fprintf(stderr,
               "NO KEYS, NO ENCRYPTION (--insecure): any program that reaches its port %s may "
               "use this scheduler\n",
               options.insecureNetwork ? "over the network" : "on this machine");
}

}  // namespace

WaitAtEnd::WaitAtEnd(net::KjLoop& loop, kj::Function<kj::Promise<void>()> start)
    : loop_(loop), start_(kj::mv(start)) {}

WaitAtEnd::~WaitAtEnd() noexcept(false) {
  auto timeout = loop_.timer().afterDelay(net::toKj(kFarewellTimeout));
  start_().exclusiveJoin(kj::mv(timeout)).wait(loop_.waitScope());
}

Server::Server(net::KjLoop& loop, const ServeOptions& options)
    : Server(loop, options, openState(loop, options)) {}

Server::Server(net::KjLoop& loop, const ServeOptions& options, std::unique_ptr<DurableState> state)
    : loop_(loop),
      options_(options),
      signals_(loop, kSignals, [this](int number) { onSignal(number); }),
      service_(loop, configFrom(options), state->takeInheritance()),
      connections_(service_, net::hexText(net::randomBytes(kSchedulerIdBytes))),
      connectionsClosed_(loop, [this] { return connections_.closeAll(); }),
      state_(std::move(state)),
      pidFile_(options.pidFile),
      answersFlushed_(loop, [this] { return connections_.flush(); }),
      entrance_(loop, options, state_->directory(), connections_,
                [this] { return openDashboard(); }) {
  service_.clients().setWhereabouts([this] {
    ClientService::Whereabouts where{.host = net::hostName(),
                                     .pid = static_cast<std::uint32_t>(::getpid())};
    for (const Address& address : entrance_.addresses()) where.addresses.push_back(toText(address));
    if (dashboard_) where.dashboard = dashboard_->published().url;
    return where;
  });
  state_->startSaving(loop, service_.saving(), service_.audits());
  state_->keep();
  logStart();
  startElastic();
}

// Also without a queue if there are allocations of an earlier start: they are to end.
void Server::startElastic() {
  DurableState::Allocations allocations = state_->takeAllocations();
  std::size_t known = allocations.saved.allocations.size();
  if (options_.queues.empty() && known == 0) return;
  if (options_.access.insecure) {
    spdlog::warn("{} of an earlier start, which had keys, cannot be looked after without keys",
                 countText(known, "allocation"));
    return;
  }
  for (const allocation::QueueOptions& queue : options_.queues) {
    spdlog::info("elastic: up to {} from {}", countText(queue.workersMax, "worker"), nameOf(queue));
  }
  if (known > 0) spdlog::info("elastic: {} of an earlier start", countText(known, "allocation"));
  elastic_ = std::make_unique<allocation::Elastic>(
      loop_, service_,
      allocation::Elastic::Setup{
          .queues = options_.queues,
          .naming = {.prefix = allocations.prefix, .epoch = allocations.epoch},
          .saved = std::move(allocations.saved),
          .makeProvider =
              [this](const std::string& system) {
                return allocation::makeProvider(loop_, system, connectionFileOf(options_));
              },
          .save =
              [this](allocation::Changes changes, allocation::Elastic::Setup::Report report) {
                state_->save(loop_, std::move(changes), std::move(report));
              }});
}

PublishedDashboard Server::openDashboard() {
  if (options_.dashboard.isOff) return {};
  dashboard_ = std::make_unique<WebEntrance>(loop_, options_, state_->directory(), service_);
  dashboard_->metrics().setOthers([this] { return otherFigures(); });
  service_.clients().setControl([this](ClientService::ControlFor whom) {
    http::ControlSessions& control = dashboard_->control();
    return whom == ClientService::ControlFor::kLink ? control.makeCode(net::now())
                                                    : control.open(net::now());
  });
  return dashboard_->published();
}

http::OtherFigures Server::otherFigures() const {
  http::OtherFigures figures;
  for (const auto& [key, method] : connections_.callTimes().methods()) {
    figures.calls.push_back({.method = method.name, .times = &method.times});
  }
  const net::Listener& listener = entrance_.listener();
  for (const auto& [role, count] : listener.connectionsByRole()) figures.connections[role] = count;
  const net::HandshakeCounts& handshakes = listener.handshakeCounts();
  figures.handshakesSucceeded = handshakes.succeeded;
  figures.handshakesRefused = handshakes.begun - handshakes.succeeded - listener.handshakes();
  figures.storeBytes = state_->storeBytes();
  return figures;
}

void Server::logStart() {
  spdlog::info("pi-scheduler {} ({}), pid {}", programVersion(), gitCommit(), ::getpid());
  std::string addresses;
  for (const Address& address : entrance_.addresses()) {
    addresses += (addresses.empty() ? "" : ", ") + toText(address);
  }
  spdlog::info("listening at {}", addresses);
  if (dashboard_) spdlog::info("the dashboard is at {}", dashboard_->published().url);
  if (std::size_t jobs = service_.clients().jobCount(); jobs > 0) {
    spdlog::info("loaded {}; {}", countText(jobs, "job"),
                 service_.hasUnfinishedJobs() ? "unfinished ones continue" : "all are over");
  }
  if (options_.access.insecure) warnOfNoKeys(options_);
}

// Batch systems and users send SIGUSR1 and SIGUSR2 to every process of a job: for workers they mean
// to drain.  The scheduler is told to stop by another signal.
void Server::onSignal(int number) {
  if (number == SIGUSR1 || number == SIGUSR2) {
    spdlog::info("got {}: the scheduler continues; SIGTERM stops it", net::nameOf(number));
    return;
  }
  bool isLimit = number == SIGXCPU;  // The kernel repeats it each second.
  if (std::exchange(isSignalled_, true)) return;
  spdlog::info("got {}: stopping{}", net::nameOf(number),
               isLimit ? "; its limit on CPU time is reached (ulimit -t)" : "");
  service_.shutdown().start(StopWorkers::kNo);
}

kj::Promise<void> Server::stopWhenIdle() {
  Duration idle = service_.idleTime();
  if (idle >= options_.idleTimeout) {
    spdlog::info("nothing to do for {}: stopping", durationText(options_.idleTimeout));
    service_.shutdown().start(StopWorkers::kYes);
    return kj::READY_NOW;
  }
  return loop_.timer().afterDelay(net::toKj(options_.idleTimeout - idle)).then([this] {
    return stopWhenIdle();
  });
}

std::optional<std::string> Server::run() {
  kj::Promise<void> idle = nullptr;
  if (options_.idleTimeout > Duration::zero()) idle = stopWhenIdle().eagerlyEvaluate(nullptr);
  service_.shutdown().untilEnd().wait(loop_.waitScope());
  if (elastic_) elastic_->stop().wait(loop_.waitScope());
  logMetrics(service_.metrics());
  spdlog::info("{}", leftoversText(service_.shutdown().leftovers()));
  const std::optional<std::string>& unsaved = service_.shutdown().unsaved();
  if (unsaved) state_->abandon();
  return unsaved;
}

ExitCode serve(const ServeOptions& options) {
  refuseWrongOptions(options);
  cli::startLog(options.logLevel, options.logFormat, options.logFile);
  net::KjLog kjLog;
  net::ignoreBrokenPipes();
  ::signal(SIGHUP, SIG_IGN);  // A scheduler survives the logout of its user.
  net::KjLoop loop;
  std::optional<std::string> unsaved;
  {
    Server server(loop, options);
    unsaved = server.run();
    // Nothing is left to be stopped: from here on a signal would only spoil the exit code.
    net::holdBackSignals(kSignals);
  }
  if (!unsaved) {
    spdlog::info("stopped");
    return ExitCode::kDone;
  }
  spdlog::error("stopped, but {}{}", kUnsavedText, *unsaved);
  spdlog::shutdown();
  std::_Exit(static_cast<int>(ExitCode::kFailed));  // The store's thread may still hang.
}

}  // namespace pi::scheduler
