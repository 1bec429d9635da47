#include "scheduler/web_entrance.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "common/net/transport/interfaces.h"
#include "scheduler/http/limits.h"
#include "scheduler/observer_token.h"

namespace pi::scheduler {
namespace {

constexpr const char* kOption = "--dashboard-address";

std::string lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// A process that may open few files has few connections.
std::size_t connectionsFor(std::size_t filesMax) {
  constexpr std::size_t kLeast = 4;
  return std::clamp(filesMax / 16, kLeast, http::kHttpConnectionsMax);
}

// Besides the loopback addresses, and those of the listener are not known yet.
std::vector<std::string> namesFor(const ServeOptions& options) {
  std::vector<std::string> names = {lowered(options.dashboard.host), lowered(net::hostName())};
  for (const std::string& name : options.dashboard.names) names.push_back(lowered(name));
  return names;
}

http::DoorKeys keysFor(const ServeOptions& options, const net::Secret& token) {
  http::DoorKeys keys{.observer = {}, .names = namesFor(options)};
  if (!token.empty()) keys.observer.emplace(token);
  return keys;
}

net::Secret tokenFor(const ServeOptions& options, const StateDirectory& state) {
  return options.access.insecure ? net::Secret() : loadObserverToken(state.path());
}

using Listen = kj::Function<kj::Own<net::Listener>(std::uint16_t port)>;

// On the wanted port, or on one of the next ones, or on any free one.
kj::Own<net::Listener> listenNear(std::uint16_t wanted, Listen listen) {
  constexpr int kPortMax = 65535;
  int last = std::min(wanted + (wanted == 0 ? 0 : http::kDashboardPortsTried), kPortMax);
  for (int port = wanted; port <= last; ++port) {
    try {
      kj::Own<net::Listener> listener = listen(static_cast<std::uint16_t>(port));
      if (port != wanted) {
        spdlog::warn("port {} is taken; the dashboard is on port {} instead", wanted, port);
      }
      return listener;
    } catch (const net::ListenError& error) {
      if (!error.isTaken()) throw;
    }
  }
  kj::Own<net::Listener> listener = listen(0);
  spdlog::warn("ports {} to {} are taken; the dashboard is on port {} instead", wanted, last,
               listener->port());
  return listener;
}

std::string urlOf(const std::string& scheme, const Address& address) {
  bool isV6 = address.host.find(':') != std::string::npos;
  std::string host = isV6 ? "[" + address.host + "]" : address.host;
  return scheme + "://" + host + ":" + std::to_string(address.port) + "/";
}

}  // namespace

WebEntrance::WebEntrance(net::KjLoop& loop, const ServeOptions& options,
                         const StateDirectory& state, SchedulerService& service)
    : token_(tokenFor(options, state)), pages_(loop, service, dashboard::files()) {
  std::size_t connectionsMax = connectionsFor(net::raiseOpenFilesLimit());
  door_ = kj::heap<http::Door>(loop, keysFor(options, token_), pages_,
                               http::DoorLimits{.connectionsMax = connectionsMax});
  pages_.setDoor(*door_);
  net::ListenOptions wanted{.hosts = {options.dashboard.host}, .option = kOption};
  // The door itself makes room for new connections.
  wanted.connectionsMax = connectionsMax + http::kHttpConnectionsSpare;
  wanted.keptForOwner = 0;
  wanted.buffersMax = http::kHttpBuffersBytesMax;
  listener_ = listenNear(options.dashboard.port, [&](std::uint16_t port) {
    wanted.port = port;
    return kj::heap<net::Listener>(loop, wanted,
                                   [&door = *door_](std::shared_ptr<net::BufferedSocket> socket) {
                                     door.admit(std::move(socket));
                                   });
  });
  if (!listener_->isLocal()) {
    throw net::ListenError(
        "the dashboard is served on this machine only, and " + options.dashboard.host +
            " is an address of the network; leave --dashboard-address out, and use the ssh line "
            "of 'pi-client dashboard' from elsewhere",
        false);
  }
  url_ = urlOf("http", listener_->addresses().front());
}

}  // namespace pi::scheduler
