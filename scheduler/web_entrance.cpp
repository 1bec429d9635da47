#include "scheduler/web_entrance.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "common/base/address.h"
#include "common/base/loopback.h"
#include "common/net/loop/clock.h"
#include "common/net/tls/tls.h"
#include "common/net/tls/web_certificate.h"
#include "common/net/transport/interfaces.h"
#include "common/net/transport/lookup.h"
#include "scheduler/dashboard_key.h"
#include "scheduler/http/answer.h"
#include "scheduler/http/limits.h"
#include "scheduler/observer_token.h"
#include "scheduler/start_place.h"

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

// In clear only for this machine's own programs, or if the user wants it so.
bool isEncrypted(const ServeOptions& options) {
  return !options.insecureNetwork && !isLoopback(options.dashboard.host);
}

// The addresses that the host of the options stands for.  None if it is unknown, about which the
// listener will say more.
std::vector<std::string> addressesOf(const std::string& host) {
  std::vector<std::string> addresses;
  net::Resolved resolved = net::resolveBySystem({.host = host});
  if (!resolved.hasValue()) return addresses;
  for (const asio::ip::tcp::endpoint& endpoint : *resolved) {
    if (endpoint.address().is_unspecified()) return net::machineAddresses();
    addresses.push_back(endpoint.address().to_string());
  }
  return addresses;
}

// The names by which browsers may call this machine, besides the usual names for any machine
// itself.
std::vector<std::string> namesFor(const DashboardOptions& options) {
  std::vector<std::string> names = addressesOf(options.host);
  std::error_code notNumeric;
  asio::ip::make_address(options.host, notNumeric);
  if (notNumeric) names.push_back(options.host);
  names.push_back(net::hostName());
  names.insert(names.end(), options.names.begin(), options.names.end());
  for (std::string& name : names) name = lowered(name);
  return names;
}

http::DoorKeys keysFor(const ServeOptions& options, const net::Secret& token,
                       const std::vector<std::string>& names) {
  http::DoorKeys keys{.observer = {},
                      .names = names,
                      .scheme = isEncrypted(options) ? http::Scheme::kHttps : http::Scheme::kHttp};
  if (!token.empty()) keys.observer.emplace(token);
  return keys;
}

// The key pair for HTTPS.
net::Secret certificateFor(const StateDirectory& state, std::vector<std::string> names) {
  for (const char* name : {"localhost", "127.0.0.1", "::1"}) {  // Tunnels lead from them to here.
    if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
  // An address that holds on one link has its interface in it, which is no part of a name.
  std::erase_if(names, [](const std::string& name) { return name.find('%') != name.npos; });
  return loadDashboardKey(state.path(), names, net::wallNow());
}

// The answer to a request without TLS.
std::string plainAnswer() {
  http::Answer answer =
      http::answerOf({400, "this port speaks HTTPS; begin the address with https://"});
  return "HTTP/1.1 400 " + std::string(http::phraseOf(answer.status)) +
         "\r\nConnection: close\r\nContent-Type: " + std::string(answer.type) +
         "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
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
  const std::vector<std::string> names = namesFor(options.dashboard);
  std::size_t connectionsMax = connectionsFor(net::raiseOpenFilesLimit());
  door_ = kj::heap<http::Door>(loop, keysFor(options, token_, names), pages_,
                               http::DoorLimits{.connectionsMax = connectionsMax});
  pages_.setDoor(*door_);
  pages_.setCommands(http::startCommands(startPlaceOf(options)));
  net::ListenOptions wanted{
      .hosts = {options.dashboard.host}, .option = kOption, .peers = "browsers"};
  // The door itself makes room for new connections.
  wanted.connectionsMax = connectionsMax + http::kHttpConnectionsSpare;
  wanted.keptForOwner = 0;
  wanted.buffersMax = http::kHttpBuffersBytesMax;
  if (isEncrypted(options)) {
    net::Secret certificate = certificateFor(state, names);
    fingerprint_ = net::certificateFingerprint(certificate);
    wanted.tls = std::make_shared<net::TlsContext>(certificate, plainAnswer());
    wanted.handshakesMax = std::min(http::kHttpHandshakesMax, connectionsMax);
    wanted.handshakeSlow = http::kHttpHandshakeSlow;
  }
  listener_ = listenNear(options.dashboard.port, [&](std::uint16_t port) {
    wanted.port = port;
    return kj::heap<net::Listener>(loop, wanted,
                                   [&door = *door_](std::shared_ptr<net::BufferedSocket> socket) {
                                     door.admit(std::move(socket));
                                   });
  });
  // The addresses of "localhost" are known only when the scheduler listens.
  if (wanted.tls == nullptr && !options.insecureNetwork && !listener_->isLocal()) {
    throw net::ListenError(options.dashboard.host +
                               " is an address of the network on this machine; write 127.0.0.1 in "
                               "--dashboard-address",
                           false);
  }
  url_ = urlOf(wanted.tls == nullptr ? "http" : "https", listener_->addresses().front());
}

}  // namespace pi::scheduler
