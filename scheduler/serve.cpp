#include "scheduler/serve.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/printable.h"
#include "common/cli/log.h"
#include "common/model/version.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/clock.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"
#include "common/net/rpc/client_link.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/dial.h"
#include "common/net/transport/interfaces.h"
#include "common/net/transport/listener.h"
#include "scheduler/connection_manager.h"
#include "scheduler/keys.h"
#include "scheduler/pid_file.h"
#include "scheduler/reactor.h"
#include "scheduler/state_directory.h"
#include "scheduler/store/committer.h"
#include "scheduler/store/database.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

// What was answered before the end is on its way by then.
constexpr Duration kLastWordsMax = std::chrono::milliseconds(2);

// Peers that do not end their side of a connection are not waited for any longer.
constexpr Duration kFarewellMax = std::chrono::milliseconds(500);

// For the last answer of a scheduler that was told to stop to come.
constexpr Duration kStopMargin = std::chrono::seconds(2);

constexpr const char* kUnsaved =
    "its last changes could not be saved, and are lost unless workers offer them again: ";

// For each address of a scheduler that may still be there.
constexpr Duration kProbeMax = std::chrono::seconds(1);

Config configFrom(const ServeOptions& options) {
  Config config{.blockSamples = kBlockSamples};
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

// Empty for every interface.  Throws net::ListenError for an interface that has no address.
std::vector<std::string> hostsFrom(const ServeOptions& options) {
  if (options.interface) {
    std::vector<std::string> hosts = net::interfaceAddresses(*options.interface);
    if (!hosts.empty()) return hosts;
    std::string names;
    for (const std::string& name : net::interfaceNames()) names += " " + name;
    throw net::ListenError(
        "no interface '" + *options.interface + "' with an address; there are:" + names, false);
  }
  if (options.host) return {*options.host};
  if (options.access.insecure && !options.insecureNetwork) return {"127.0.0.1"};
  return {};
}

// As many as usual, or as so many open files allow, which is then said.
net::ListenOptions placesWithin(std::size_t filesMax) {
  net::ListenOptions usual;
  net::ListenOptions possible = net::withinOpenFiles(usual, filesMax);
  if (possible.connectionsMax < usual.connectionsMax) {
    spdlog::warn(
        "only {} connections at a time, {} of them by clients, since this process may open no more "
        "than {} files; for {}, have its hard limit (ulimit -Hn) raised to {}",
        possible.connectionsMax, possible.clientsMax, filesMax, usual.connectionsMax,
        net::openFilesFor(usual));
  }
  return possible;
}

// The port that was asked for; else the one used last or the default, else any free one.
kj::Own<net::Listener> listen(net::KjLoop& loop, const ServeOptions& options,
                              const StateDirectory& state,
                              std::shared_ptr<const net::TlsContext> tls, std::size_t filesMax,
                              ConnectionManager& connections) {
  net::ListenOptions wanted = placesWithin(filesMax);
  wanted.tls = std::move(tls);
  wanted.hosts = hostsFrom(options);
  wanted.port = options.port.value_or(state.lastPort().value_or(kDefaultPort));
  auto start = [&loop, &wanted, &connections] {
    return kj::heap<net::Listener>(
        loop, wanted,
        [&connections](kj::Own<net::MessageSocket> socket) { connections.admit(kj::mv(socket)); });
  };
  try {
    return start();
  } catch (const net::ListenError& error) {
    if (options.port || !error.isTaken()) throw;
    spdlog::warn("port {} is taken; listening on a free one instead", wanted.port);
    wanted.port = 0;
    return start();
  }
}

void announce(const std::vector<Address>& addresses, const fs::path& connectionFile,
              const fs::path& stateDirectory) {
  for (const Address& address : addresses) {
    std::printf("Scheduler at: %s\n", toText(address).c_str());
  }
  std::printf("Connection file: %s\n", connectionFile.c_str());
  std::printf("State directory: %s\n", stateDirectory.c_str());
  std::fflush(stdout);
}

// Says and writes where the scheduler is found; its id.
std::string letBeFound(net::ConnectionFile file, std::vector<Address> addresses,
                       const fs::path& connectionFile, const fs::path& stateDirectory) {
  file.schedulerId = net::hexText(net::randomBytes(8));
  file.pid = static_cast<std::uint32_t>(::getpid());
  file.host = net::hostName();
  file.addresses = std::move(addresses);
  // Before the file: whoever waits for that has the whole announcement.
  announce(file.addresses, connectionFile, stateDirectory);
  net::writeConnectionFile(connectionFile, file);
  return file.schedulerId;
}

// A connection file that leads to a live scheduler must not lead to another one: its workers and
// clients would no longer find it.
void refuseToHide(net::KjLoop& loop, const fs::path& connectionFile) {
  net::ConnectionFileRead file = net::readConnectionFile(connectionFile);
  if (!file.hasValue() && file.error().isUnsafe()) spdlog::warn("{}", file.error().what());
  if (!file.hasValue() || net::isStale(*file)) return;
  net::DialOptions options{.attemptMax = kProbeMax,
                           .handshakeMax = kProbeMax,
                           .credentials = net::credentialsFor(Role::kClient, {}, file)};
  auto failure = [](kj::Exception&& error) {  // One that is silent, or refuses us, is there, too.
    std::optional<net::ConnectFailure> kind = net::connectFailureOf(error);
    return kind == net::ConnectFailure::kSilent || kind == net::ConnectFailure::kFull ||
           kind == net::ConnectFailure::kRefused;
  };
  bool answers = net::dial(loop, file->addresses, options)
                     .then([](auto&&) { return true; }, failure)
                     .wait(loop.waitScope());
  if (!answers) return;
  throw StateDirectoryError("the connection file " + connectionFile.string() +
                            " belongs to a scheduler that is running (pid " +
                            std::to_string(file->pid) + " on " + file->host +
                            "); stop it with 'pi-scheduler stop' or name another file with "
                            "--connection-file");
}

Reactor::Inheritance leftBehind(Database& database) {
  return {.saved = database.load(net::wallNow()), .secret = database.secret()};
}

// The reactor's changes go to the database on its thread, and what became of them comes back to the
// loop's.  To be destroyed before the reactor.
std::unique_ptr<Committer> startSaving(net::KjLoop& loop, Database& database, Reactor& reactor) {
  auto report = [&loop, &reactor](const CommitOutcome& outcome) {
    asio::post(loop.io(), [&reactor, failure = outcome.failure] { reactor.saved(failure); });
  };
  auto committer = std::make_unique<Committer>(database, report);
  reactor.saveTo([&committer = *committer](Changes changes) {
    committer.commit(std::move(changes), net::wallNow());
  });
  return committer;
}

// What the scheduler shows, whom it lets in, and what its connection file says of that.
struct Door {
  std::shared_ptr<const net::TlsContext> tls;  // Null: in clear, and everybody.
  net::ConnectionFile file;
};

// Throws net::KeyError.
Door doorFor(const AccessOptions& access, const StateDirectory& state) {
  Door door;
  if (access.insecure) {
    door.file.security = net::Security::kNone;
  } else if (access.certificates) {
    door.tls = std::make_shared<net::TlsContext>(net::TlsSide::kCalled, *access.certificates);
    door.file.security = net::Security::kCertificates;
  } else {
    Keys keys = loadKeys(state.path());
    door.tls =
        std::make_shared<net::TlsContext>(net::TlsSide::kCalled, keys.scheduler, rolesOf(keys));
    publish(keys, door.file);
  }
  return door;
}

// Whatever the log's level is.
void warnOfNoKeys(const ServeOptions& options) {
  std::fprintf(stderr,
               "NO KEYS, NO ENCRYPTION (--insecure): whoever reaches its port %s may use this "
               "scheduler\n",
               options.insecureNetwork ? "over the network" : "on this machine");
}

// The rest of what a log begins with.
void logBeginning(const ServeOptions& options, const Reactor& reactor) {
  spdlog::info("pi-scheduler {} ({}), pid {}", programVersion(), gitCommit(), ::getpid());
  if (std::size_t jobs = reactor.jobs().size(); jobs > 0) {
    spdlog::info("{} jobs are kept from before, {}", jobs,
                 reactor.hasUnfinishedJobs() ? "and unfinished ones go on" : "all of them over");
  }
  if (options.access.insecure) warnOfNoKeys(options);
}

kj::Promise<void> whenIdleFor(Duration limit, Reactor& reactor) {
  Duration idle = reactor.idleTime();
  if (idle >= limit) return kj::READY_NOW;
  return reactor.timer().afterDelay(net::toKj(limit - idle)).then([limit, &reactor] {
    return whenIdleFor(limit, reactor);
  });
}

// What a name stands for is known only now.
void expectLocal(const net::Listener& listener) {
  if (listener.isLocal()) return;
  throw net::ListenError(
      "--insecure alone listens on this machine only, and that --host is an address of the "
      "network; leave it out, or add --insecure-network",
      false);
}

}  // namespace

ExitCode stopRunning(const StopOptions& options) {
  net::ignoreBrokenPipes();
  net::ConnectionFileRead file = net::readConnectionFile(
      options.connectionFile.value_or(net::defaultConnectionFile().string()));
  if (!file.hasValue()) {
    std::fprintf(stderr, "pi-scheduler: %s\n", file.error().what());
    return file.error().isUnsafe() ? ExitCode::kRefused : ExitCode::kNoScheduler;
  }
  try {
    net::KjLoop loop;
    net::DialOptions access{.credentials = net::credentialsFor(Role::kOwner, options.access, file)};
    net::ClientLink link = net::enterAsClient(loop, file->addresses, std::nullopt, access);
    auto request = link.desk.stopRequest();
    request.setWorkers(options.workers);
    std::string failure;
    // It may be gone before its answer is on the way; being gone is what was asked for.
    auto answered = request.send().then(
        [&failure](auto&& answer) { failure = printable(answer.getFailure().cStr()); },
        [](kj::Exception&& error) {
          if (net::isLost(error)) return;
          kj::throwFatalException(kj::mv(error));
        });
    auto ended = answered.then([&link] { return link.connection->onDisconnect(); }).then([] {
      return true;
    });
    if (net::waitUntil(loop, net::now() + kStopMax + kStopMargin, kj::mv(ended)) == nullptr) {
      throw net::ConnectError(net::ConnectFailure::kSilent,
                              "the scheduler does not end; see its log, and kill pid " +
                                  std::to_string(file->pid) + " on " + file->host + " if it hangs");
    }
    if (failure.empty()) return ExitCode::kDone;
    std::fprintf(stderr, "pi-scheduler: the scheduler has ended, but %s%s\n", kUnsaved,
                 failure.c_str());
    return ExitCode::kFailed;
  } catch (const net::ConnectError& error) {
    std::fprintf(stderr, "pi-scheduler: %s\n", error.what());
    bool isRefused = error.kind() == net::ConnectFailure::kRefused;
    return isRefused ? ExitCode::kRefused : ExitCode::kNoScheduler;
  }
}

ExitCode serve(const ServeOptions& options) {
  cli::startLog(options.logLevel);
  net::ignoreBrokenPipes();
  ::signal(SIGHUP, SIG_IGN);  // It survives the logout of whoever started it.
  std::size_t filesMax = net::raiseOpenFilesLimit();

  fs::path connectionFile = options.connectionFile.value_or(net::defaultConnectionFile());
  fs::path parent = fs::absolute(connectionFile).parent_path();
  auto state = std::make_unique<StateDirectory>(options.stateDir.value_or(parent.string()));
  auto pidFile = std::make_unique<PidFile>(options.pidFile);
  Door door = doorFor(options.access, *state);

  net::KjLoop loop;
  refuseToHide(loop, connectionFile);
  std::unique_ptr<Database> database;
  if (!options.isVolatile) database = std::make_unique<Database>(state->path() / "jobs.sqlite");
  Reactor reactor(loop, configFrom(options),
                  database ? leftBehind(*database) : Reactor::Inheritance());
  std::unique_ptr<Committer> committer;
  if (database) committer = startSaving(loop, *database, reactor);
  // Before anything is announced: whoever reads that may say stop.
  net::Signals signals(loop, {SIGTERM, SIGINT}, [&reactor](int) {
    spdlog::info("told to stop");
    reactor.stop(StopWorkers::kNo);
  });
  ConnectionManager connections(reactor);
  kj::Own<net::Listener> listener = listen(loop, options, *state, door.tls, filesMax, connections);
  if (options.access.insecure && !options.insecureNetwork) expectLocal(*listener);
  state->rememberPort(listener->port());

  std::string schedulerId =
      letBeFound(std::move(door.file), listener->addresses(), connectionFile, state->path());
  logBeginning(options, reactor);

  kj::Promise<void> idle = kj::NEVER_DONE;
  if (options.idleTimeout > Duration::zero()) {
    idle = whenIdleFor(options.idleTimeout, reactor).then([&reactor] {
      spdlog::info("idle for long enough");
      reactor.stop(StopWorkers::kYes);
      return reactor.stopped();
    });
  }
  reactor.stopped().exclusiveJoin(kj::mv(idle)).wait(loop.waitScope());

  listener = nullptr;
  net::removeConnectionFile(connectionFile, schedulerId);
  // Whoever asked for the end is answered.
  loop.timer().afterDelay(net::toKj(kLastWordsMax)).wait(loop.waitScope());
  pidFile = nullptr;
  if (reactor.unsaved().empty()) {  // Whoever sees us gone may start the next one at once.
    committer = nullptr;
    database = nullptr;
    state = nullptr;
  }
  auto farewell = loop.timer().afterDelay(net::toKj(kFarewellMax));
  connections.closeAll().exclusiveJoin(kj::mv(farewell)).wait(loop.waitScope());
  if (reactor.unsaved().empty()) {
    spdlog::info("stopped");
    return ExitCode::kDone;
  }
  spdlog::error("stopped, but {}{}", kUnsaved, reactor.unsaved());
  spdlog::shutdown();
  // The store's thread is not waited for: it may hang with its disk.
  std::_Exit(static_cast<int>(ExitCode::kFailed));
}

}  // namespace pi::scheduler
