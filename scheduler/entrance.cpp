#include "scheduler/entrance.h"

#include <kj/function.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/cli/log.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/loop/clock.h"
#include "common/net/secrets/path_safety.h"
#include "common/net/transport/interfaces.h"
#include "scheduler/file_options.h"
#include "scheduler/keys.h"
#include "scheduler/limits.h"
#include "scheduler/pid_file.h"
#include "scheduler/proof.h"
#include "scheduler/reach.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

// The scheduler's certificate, the peers that it lets in, and the keys in its connection file.
struct AccessControl {
  std::shared_ptr<const net::TlsContext> tls;  // Null: in clear, and every peer is let in.
  net::ConnectionFile file;
};

AccessControl accessControlFor(const AccessOptions& access, const StateDirectory& state) {
  AccessControl control;
  if (access.insecure) {
    control.file.security = net::Security::kNone;
  } else if (access.certificates) {
    control.tls = std::make_shared<net::TlsContext>(net::TlsSide::kCalled, *access.certificates);
    control.file.security = net::Security::kCertificates;
  } else {
    Keys keys = loadKeys(state.path());
    control.tls =
        std::make_shared<net::TlsContext>(net::TlsSide::kCalled, keys.scheduler, rolesOf(keys));
    publish(keys, control.file);
  }
  return control;
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

// The usual limits, or lower ones if this process may not open enough files.
net::ListenOptions limitsFor(std::size_t filesMax) {
  net::ListenOptions usual;
  net::ListenOptions possible = net::withinOpenFiles(usual, filesMax);
  if (possible.connectionsMax < usual.connectionsMax) {
    spdlog::warn(
        "only {} connections at a time, {} of them of workers and {} of clients: this process may "
        "open {} files; for {} connections, have its hard limit (ulimit -Hn) raised to {}",
        possible.connectionsMax, possible.workerConnectionsMax, possible.clientsMax, filesMax,
        usual.connectionsMax, net::openFilesFor(usual));
  }
  return possible;
}

using Listen = kj::Function<kj::Own<net::Listener>(std::uint16_t port)>;

// On the port that was asked for.  Else on the preferred one, which is that of the first start; on
// the one that was used last; on any free one.
kj::Own<net::Listener> listenOnUsualPort(const std::optional<std::uint16_t>& asked,
                                         const StateDirectory& state, Listen listen) {
  if (asked) {
    kj::Own<net::Listener> listener = listen(*asked);
    state.rememberPorts({.preferred = listener->port(), .last = listener->port()});
    return listener;
  }
  Ports ports = state.ports().value_or(Ports{.preferred = kDefaultPort, .last = kDefaultPort});
  for (std::uint16_t port : {ports.preferred, ports.last, std::uint16_t{0}}) {
    try {
      kj::Own<net::Listener> listener = listen(port);
      if (listener->port() != ports.preferred) {
        spdlog::warn("port {} is taken; listening on {} instead, and the next start tries {} first",
                     ports.preferred, listener->port(), ports.preferred);
      } else if (ports.last != ports.preferred) {
        spdlog::info("port {} is free again", ports.preferred);
      }
      state.rememberPorts({.preferred = ports.preferred, .last = listener->port()});
      return listener;
    } catch (const net::ListenError& error) {
      if (port == 0 || !error.isTaken()) throw;
    }
  }
  PI_CHECK(false);
  return {};
}

kj::Own<net::Listener> listen(net::KjLoop& loop, const ServeOptions& options,
                              const StateDirectory& state,
                              std::shared_ptr<const net::TlsContext> tls,
                              ConnectionManager& connections) {
  net::ListenOptions wanted = limitsFor(net::raiseOpenFilesLimit());
  wanted.tls = std::move(tls);
  wanted.hosts = hostsFrom(options);
  if (wanted.tls == nullptr) {
    wanted.keptForOwner = std::min(kKeylessConnectionsKept, wanted.connectionsMax / 4);
    connections.places().setLimits({.all = wanted.connectionsMax,
                                    .workers = wanted.workerConnectionsMax,
                                    .clients = wanted.clientsMax,
                                    .keptForOwner = wanted.keptForOwner});
  }
  return listenOnUsualPort(options.port, state, [&](std::uint16_t port) {
    wanted.port = port;
    return kj::heap<net::Listener>(
        loop, wanted, [&connections](std::shared_ptr<net::BufferedSocket> socket) {
          connections.admit(kj::heap<net::MessageSocket>(std::move(socket)));
        });
  });
}

// The addresses of a host name are known only when the scheduler listens.
void expectLocal(const net::Listener& listener) {
  if (listener.isLocal()) return;
  throw net::ListenError(
      "--insecure alone listens on this machine only, and that --host is an address of the "
      "network; leave it out, or add --insecure-network",
      false);
}

// On stdout, in the format of the log: often both go to one file.
void announce(const net::ConnectionFile& file, const fs::path& connectionFile,
              const fs::path& stateDirectory, cli::LogFormat format) {
  std::vector<std::string> lines;
  for (const Address& address : file.addresses) lines.push_back("Scheduler at: " + toText(address));
  if (!file.dashboard.empty()) lines.push_back("Dashboard at: " + file.dashboard);
  if (!file.dashboardFingerprint.empty()) {
    lines.push_back("Dashboard certificate: SHA-256 " + file.dashboardFingerprint);
  }
  lines.push_back("Connection file: " + connectionFile.string());
  lines.push_back("State directory: " + stateDirectory.string());
  for (const std::string& line : lines) {
    bool isJson = format == cli::LogFormat::kJson;
    std::fputs((isJson ? cli::logLineAsJson(net::wallNow(), line) : line + "\n").c_str(), stdout);
  }
  std::fflush(stdout);
}

// Another user who can rename a directory above the file can keep peers from this scheduler.  They
// do not trust a file of another user, so this is only a warning.
void warnOfAncestors(const fs::path& file) {
  if (auto danger = net::unsafeAncestorOf(file)) {
    spdlog::warn("the connection file {} is not safe: {}", file.string(), danger->sentence);
  }
}

}  // namespace

Entrance::Entrance(net::KjLoop& loop, const ServeOptions& options, const StateDirectory& state,
                   ConnectionManager& connections, OpenDashboard openDashboard)
    : loop_(loop), options_(options) {
  AccessControl control = accessControlFor(options.access, state);
  listener_ = listen(loop, options, state, control.tls, connections);
  if (options.access.insecure && !options.insecureNetwork) expectLocal(*listener_);
  PublishedDashboard dashboard = openDashboard();
  fs::path path = connectionFileOf(options);
  warnOfAncestors(path);
  net::ConnectionFile& file = control.file;
  file.schedulerId = connections.schedulerId();
  file.pid = static_cast<std::uint32_t>(::getpid());
  file.host = net::hostName();
  file.addresses = addresses();
  file.dashboard = dashboard.url;
  file.dashboardFingerprint = dashboard.fingerprint;
  file.observerToken = dashboard.token;
  // Before the file is written: a script that waits for the file then has the whole announcement.
  announce(file, path, state.path(), options.logFormat);
  file_ = kj::heap<PublishedFile>(loop, path, std::move(file));
  warnOfReach();
  keeping_ = keepTrue().eagerlyEvaluate([](kj::Exception&& error) {
    spdlog::error("the connection file is not looked at any longer: {}",
                  error.getDescription().cStr());
  });
}

std::vector<Address> Entrance::addresses() const {
  std::vector<Address> all = listener_->addresses();
  if (!options_.contactAddress) return all;
  Address contact = *options_.contactAddress;
  if (contact.port == 0) contact.port = listener_->port();
  all.insert(all.begin(), std::move(contact));
  return all;
}

// The reason why peers may not reach the scheduler now; nullopt if none is known.
std::optional<std::string> Entrance::warning() const {
  if (!options_.interface) return reachWarning(file_->addresses(), options_);
  const std::string& name = *options_.interface;
  return interfaceWarning(name, listener_->addresses(), net::interfaceAddresses(name));
}

// Says each thing once, until it has changed.
void Entrance::warnOfReach() {
  std::optional<std::string> now = warning();
  if (now && now != lastWarning_) spdlog::warn("{}", *now);
  lastWarning_ = now;
}

kj::Promise<void> Entrance::keepTrue() {
  return loop_.timer().afterDelay(net::toKj(kEntrancePeriod)).then([this] {
    file_->setAddresses(addresses());
    warnOfReach();
    file_->look();
    return keepTrue();
  });
}

void refuseWrongOptions(const ServeOptions& options) {
  refuseSharedFiles(options);
  PidFile::requireUsable(options.pidFile);
  if (options.access.certificates) {
    net::TlsContext(net::TlsSide::kCalled, *options.access.certificates);
  }
  hostsFrom(options);
}

void refuseToHide(net::KjLoop& loop, const ServeOptions& options) {
  fs::path path = connectionFileOf(options);
  net::ConnectionFileRead file = net::readConnectionFile(path);
  if (!file.hasValue() && !file.error().mayBeReplaced()) {
    if (file.error().isUnsafe()) throw file.error();
    throw StateDirectoryError("the file " + path.string() +
                              " is there, and it is not a connection file; move it away, or name "
                              "another file with --connection-file");
  }
  if (!file.hasValue() && file.error().isUnsafe()) spdlog::warn("{}", file.error().what());
  if (!file.hasValue() || net::isStale(*file)) return;
  std::string scheduler =
      "a scheduler (pid " + std::to_string(file->pid) + " on " + file->host + ")";
  switch (findPresence(loop, *file, options.access).wait(loop.waitScope())) {
    case Presence::kGone:
      if (file->host != net::hostName()) {
        spdlog::warn(
            "the connection file {} names {} that does not answer here; starting; if it still "
            "runs, stop it there, or name another file with --connection-file",
            path.string(), scheduler);
      }
      return;
    case Presence::kOther:
      spdlog::warn(
          "the connection file {} names {} that is not there: another program answers at "
          "its address; starting",
          path.string(), scheduler);
      return;
    case Presence::kProven:
      throw StateDirectoryError("the connection file " + path.string() + " belongs to " +
                                scheduler +
                                " that is running; stop it with 'pi-scheduler stop' or name "
                                "another file with --connection-file");
  }
}

}  // namespace pi::scheduler
