#include "scheduler/entrance.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "common/net/discovery/credentials.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/dial.h"
#include "common/net/transport/interfaces.h"
#include "scheduler/keys.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

// For each address of a scheduler that may still be there.
constexpr Duration kProbeTimeout = std::chrono::seconds(1);

constexpr std::size_t kSchedulerIdBytes = 8;

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
        "only {} connections at a time, {} of them with a client's key: this process may open {} "
        "files; for {} connections, have its hard limit (ulimit -Hn) raised to {}",
        possible.connectionsMax, possible.clientsMax, filesMax, usual.connectionsMax,
        net::openFilesFor(usual));
  }
  return possible;
}

// On the port that was asked for; else on the one used last or the default, else on any free one.
kj::Own<net::Listener> listen(net::KjLoop& loop, const ServeOptions& options,
                              const StateDirectory& state,
                              std::shared_ptr<const net::TlsContext> tls,
                              ConnectionManager& connections) {
  net::ListenOptions wanted = limitsFor(net::raiseOpenFilesLimit());
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

// The addresses of a host name are known only when the scheduler listens.
void expectLocal(const net::Listener& listener) {
  if (listener.isLocal()) return;
  throw net::ListenError(
      "--insecure alone listens on this machine only, and that --host is an address of the "
      "network; leave it out, or add --insecure-network",
      false);
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

net::ConnectionFile withPlace(net::ConnectionFile file, std::vector<Address> addresses) {
  file.schedulerId = net::hexText(net::randomBytes(kSchedulerIdBytes));
  file.pid = static_cast<std::uint32_t>(::getpid());
  file.host = net::hostName();
  file.addresses = std::move(addresses);
  return file;
}

}  // namespace

PublishedFile::PublishedFile(const fs::path& path, net::ConnectionFile file)
    : path_(path), schedulerId_(file.schedulerId) {
  net::writeConnectionFile(path, file);
}

PublishedFile::~PublishedFile() { net::removeConnectionFile(path_, schedulerId_); }

Entrance::Entrance(net::KjLoop& loop, const ServeOptions& options, const StateDirectory& state,
                   ConnectionManager& connections) {
  AccessControl control = accessControlFor(options.access, state);
  listener_ = listen(loop, options, state, control.tls, connections);
  if (options.access.insecure && !options.insecureNetwork) expectLocal(*listener_);
  state.rememberPort(listener_->port());
  fs::path path = connectionFileOf(options);
  net::ConnectionFile file = withPlace(std::move(control.file), listener_->addresses());
  // Before the file is written: a script that waits for the file then has the whole announcement.
  announce(file.addresses, path, state.path());
  file_ = kj::heap<PublishedFile>(path, std::move(file));
}

fs::path connectionFileOf(const ServeOptions& options) {
  return options.connectionFile.value_or(net::defaultConnectionFile().string());
}

void refuseToHide(net::KjLoop& loop, const fs::path& connectionFile) {
  net::ConnectionFileRead file = net::readConnectionFile(connectionFile);
  if (!file.hasValue() && file.error().isUnsafe()) spdlog::warn("{}", file.error().what());
  if (!file.hasValue() || net::isStale(*file)) return;
  net::DialOptions options{.attemptMax = kProbeTimeout,
                           .handshakeMax = kProbeTimeout,
                           .credentials = net::credentialsFor(Role::kClient, {}, file)};
  auto failure = [](kj::Exception&& error) {  // One that is silent or refuses us is there, too.
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

}  // namespace pi::scheduler
