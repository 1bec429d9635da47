#include "common/net/listener.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/steady_timer.hpp>
#include <utility>

#include "common/net/buffered_socket.h"
#include "common/net/clock.h"
#include "common/net/interfaces.h"

namespace pi::net {
namespace {

using Tcp = asio::ip::tcp;

constexpr const char* kOtherPort = "; choose a --port above 1023";
constexpr const char* kOtherAddress =
    "; choose one of this machine's addresses with --host or an interface with --interface";
constexpr Duration kPause = std::chrono::milliseconds(100);
constexpr Duration kBetweenWarnings = std::chrono::seconds(10);

[[noreturn]] void refuse(const std::string& what, std::error_code error) {
  if (error == asio::error::address_in_use) {
    throw ListenError("cannot listen on " + what + ": the port is taken; choose another --port",
                      true);
  }
  std::string remedy = error == asio::error::access_denied ? kOtherPort : kOtherAddress;
  throw ListenError("cannot listen on " + what + ": " + error.message() + remedy, false);
}

// Every interface: one IPv6 socket that takes IPv4 too, where this machine has IPv6.
Tcp::acceptor openEverywhere(asio::io_context& io, std::uint16_t port) {
  Tcp::acceptor acceptor(io);
  std::error_code error;
  acceptor.open(Tcp::v6(), error);
  if (!error) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(Tcp::endpoint(Tcp::v6(), port), error);
  if (error && error != asio::error::address_in_use) {
    std::error_code ignored;
    acceptor.close(ignored);
    acceptor.open(Tcp::v4(), error);
    if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(Tcp::endpoint(Tcp::v4(), port), error);
  }
  if (!error) acceptor.listen(Tcp::acceptor::max_listen_connections, error);
  if (error) refuse("port " + std::to_string(port), error);
  return acceptor;
}

Tcp::acceptor openAt(asio::io_context& io, const Tcp::endpoint& endpoint) {
  Tcp::acceptor acceptor(io);
  std::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(Tcp::acceptor::max_listen_connections, error);
  if (error) refuse(toText(endpoint), error);
  return acceptor;
}

std::vector<asio::ip::address> resolve(asio::io_context& io, const std::string& host) {
  std::error_code error;
  auto results = Tcp::resolver(io).resolve(host, "", Tcp::resolver::passive, error);
  if (error) refuse(host, error);
  std::vector<asio::ip::address> addresses;
  for (const auto& result : results) {
    auto address = result.endpoint().address();
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

// Where it takes calls: its address, or for every interface those of this machine that it hears.
std::vector<std::string> hostsOf(const Tcp::acceptor& acceptor) {
  asio::ip::address address = acceptor.local_endpoint().address();
  if (!address.is_unspecified()) return {address.to_string()};
  asio::ip::v6_only only(false);
  if (address.is_v6()) acceptor.get_option(only);
  std::vector<std::string> hosts = machineAddresses();
  std::erase_if(hosts, [&](const std::string& host) {
    bool isV6 = host.find(':') != host.npos;
    return isV6 ? address.is_v4() : only.value();
  });
  return hosts;
}

}  // namespace

// What the doors and the sockets that they let in have in common.
struct Listener::Shared {
  Shared(KjLoop& ourLoop, const ListenOptions& ourOptions, OnPeer ourOnPeer)
      : loop(ourLoop), options(ourOptions), onPeer(kj::mv(ourOnPeer)) {}

  // At most one line every kBetweenWarnings.
  void warn(const std::string& line) {
    Instant time = now();
    if (time < quietUntil) return;
    quietUntil = time + kBetweenWarnings;
    spdlog::warn("{}", line);
  }

  KjLoop& loop;
  const ListenOptions options;
  OnPeer onPeer;
  std::size_t connections = 0;
  bool stopped = false;
  Instant quietUntil{};
};

// One listening socket.  Its handlers share it, and do nothing once the listener is gone.
struct Listener::Door : std::enable_shared_from_this<Listener::Door> {
  Door(std::shared_ptr<Shared> ourShared, Tcp::acceptor ourAcceptor)
      : shared(std::move(ourShared)), acceptor(std::move(ourAcceptor)), pause(shared->loop.io()) {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](std::error_code error, Tcp::socket socket) {
      if (self->shared->stopped) return;
      if (error && error != asio::error::connection_aborted) {  // No descriptors, no memory.
        self->shared->warn("cannot accept a connection: " + error.message());
        self->acceptAfterPause();
        return;
      }
      if (!error) self->admit(std::move(socket));  // Else the peer was gone before we looked.
      if (!self->shared->stopped) self->accept();
    });
  }

  void acceptAfterPause() {
    pause.expires_after(kPause);
    pause.async_wait([self = shared_from_this()](std::error_code error) {
      if (!error && !self->shared->stopped) self->accept();
    });
  }

  void admit(Tcp::socket socket) {
    if (shared->connections >= shared->options.connectionsMax) {
      shared->warn("sent a peer away: " + std::to_string(shared->connections) +
                   " connections are open, which is the most");
      return;
    }
    auto buffered = bufferedSocket(shared->loop, std::move(socket), shared->options.stream);
    ++shared->connections;
    buffered->keep(
        std::shared_ptr<void>(nullptr, [seats = shared](void*) { --seats->connections; }));
    shared->onPeer(kj::heap<MessageSocket>(std::move(buffered)));
  }

  std::shared_ptr<Shared> shared;
  Tcp::acceptor acceptor;
  asio::steady_timer pause;
};

Listener::Listener(KjLoop& loop, const ListenOptions& options, OnPeer onPeer)
    : shared_(std::make_shared<Shared>(loop, options, kj::mv(onPeer))), port_(options.port) {
  auto open = [this](Tcp::acceptor acceptor) {
    port_ = acceptor.local_endpoint().port();  // The next address gets the same.
    doors_.push_back(std::make_shared<Door>(shared_, std::move(acceptor)));
  };
  if (options.hosts.empty()) open(openEverywhere(loop.io(), port_));
  for (const std::string& host : options.hosts) {
    for (const auto& address : resolve(loop.io(), host)) {
      open(openAt(loop.io(), Tcp::endpoint(address, port_)));
    }
  }
  for (const auto& door : doors_) door->accept();
}

Listener::~Listener() {
  shared_->stopped = true;
  shared_->onPeer = [](kj::Own<MessageSocket>) {};  // What it holds must not outlive the loop.
  for (const auto& door : doors_) {
    std::error_code ignored;
    door->acceptor.close(ignored);
    door->pause.cancel();
  }
}

std::vector<Address> Listener::addresses() const {
  std::vector<Address> all;
  for (const auto& door : doors_) {
    for (std::string& host : hostsOf(door->acceptor)) {
      all.push_back({.host = std::move(host), .port = port_});
    }
  }
  return all;
}

std::size_t Listener::connections() const { return shared_->connections; }

std::size_t raiseOpenFilesLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return limit.rlim_cur;
  return raised.rlim_cur;
}

}  // namespace pi::net
