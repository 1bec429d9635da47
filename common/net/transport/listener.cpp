#include "common/net/transport/listener.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/steady_timer.hpp>
#include <list>
#include <utility>

#include "common/base/rate_limit.h"
#include "common/net/loop/clock.h"
#include "common/net/transport/buffered_socket.h"
#include "common/net/transport/interfaces.h"
#include "common/net/transport/tls_handshake.h"
#include "common/net/transport/tls_socket.h"

namespace pi::net {
namespace {

using Tcp = asio::ip::tcp;

constexpr const char* kOtherPort = "; choose a --port above 1023";
constexpr const char* kOtherAddress =
    "; choose one of this machine's addresses with --host or an interface with --interface";
constexpr Duration kPause = std::chrono::milliseconds(100);
constexpr std::uint64_t kWarningsPerSecond = 1;
constexpr std::uint64_t kRefusalsPerSecond = 5;
// Of a process besides its peers: its store, its log, its doors, and what it opens now and then.
constexpr std::size_t kOtherFiles = 64;
constexpr std::size_t kPlacesMin = 4;
constexpr Duration kHandshakeSlowMin = std::chrono::milliseconds(100);

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

namespace {

// Why a peer was not let in; empty if it is not worth a line, such as a monitor that looks whether
// somebody listens.
std::string whyNot(const TlsHandshake& handshake) {
  using Kind = TlsFailure::Kind;
  if (handshake.outcome() == TlsHandshake::Outcome::kTimedOut) return "its handshake took too long";
  switch (handshake.failure().kind) {
    case Kind::kNone:
      break;
    case Kind::kNoTls:
      return "it speaks no TLS";
    case Kind::kOldTls:
      return "it speaks no TLS 1.3";
    case Kind::kNoKey:
      return "it shows no key";
    case Kind::kWrongKey:
      return "its key is none of this scheduler's";
    case Kind::kRefused:
      return "it looks for a scheduler with another key";
    case Kind::kOther:
      return "the handshake failed: " + handshake.failure().reason;
  }
  return handshake.wasSpokenTo() ? "it left in the handshake" : "";
}

}  // namespace

// A peer in the handshake, and its seat among the connections once it is believed.
struct Listener::Shaking {
  std::shared_ptr<TlsHandshake> handshake;
  std::shared_ptr<void> seat;
  Instant since;
};

// What the doors and the sockets that they let in have in common.
struct Listener::Shared : std::enable_shared_from_this<Listener::Shared> {
  Shared(KjLoop& ourLoop, const ListenOptions& ourOptions, OnPeer ourOnPeer)
      : loop(ourLoop),
        options(withBudget(ourOptions)),
        onPeer(kj::mv(ourOnPeer)),
        warnings(kWarningsPerSecond),
        refusals(kRefusalsPerSecond) {}

  static ListenOptions withBudget(ListenOptions options) {
    options.stream.budget =
        std::make_shared<BufferBudget>(BufferBudget{.bytesMax = options.buffersMax});
    return options;
  }

  void warn(RateLimit& limit, const std::string& line) {
    if (limit.allows(now())) spdlog::warn("{}{}", line, limit.takeNote());
  }

  void refuse(const TlsHandshake& handshake, const std::string& why) {
    if (!why.empty()) warn(refusals, "did not let " + handshake.peer() + " in: " + why);
  }

  // A place among the connections, for as long as it is held; null if there is none.
  std::shared_ptr<void> seatFor(Role role) {
    bool isClient = role == Role::kClient;
    if (connections >= options.connectionsMax || (isClient && clients >= options.clientsMax)) {
      return nullptr;
    }
    ++connections;
    if (isClient) ++clients;
    return {this, [self = shared_from_this(), isClient](void*) {
              --self->connections;
              if (isClient) --self->clients;
            }};
  }

  void sendAway(const std::string& peer) {
    warn(warnings, "sent " + peer + " away: " + std::to_string(connections) +
                       " connections are open, " + std::to_string(clients) +
                       " of them by clients, which is the most");
  }

  // When the next may come in: now, unless as many as may be are in the handshake.
  Instant nextAt() const {
    if (shaking.size() < options.handshakesMax) return Instant{};
    return shaking.front().since + options.handshakeSlow;
  }

  void handOver(std::shared_ptr<BufferedSocket> socket, std::shared_ptr<void> seat) {
    socket->keep(std::move(seat));
    onPeer(kj::heap<MessageSocket>(std::move(socket)));
  }

  void shaken(std::list<Shaking>::iterator at);

  KjLoop& loop;
  const ListenOptions options;
  OnPeer onPeer;
  std::vector<std::shared_ptr<Door>> doors;
  std::size_t connections = 0;
  std::size_t clients = 0;     // Of these.
  std::list<Shaking> shaking;  // In the order in which they came.
  bool stopped = false;
  RateLimit warnings;
  RateLimit refusals;
};

// One listening socket.  Its handlers share it, and do nothing once the listener is gone.
struct Listener::Door : std::enable_shared_from_this<Listener::Door> {
  Door(std::shared_ptr<Shared> ourShared, Tcp::acceptor ourAcceptor)
      : shared(std::move(ourShared)), acceptor(std::move(ourAcceptor)), pause(shared->loop.io()) {}

  void accept() {
    Instant next = shared->nextAt();
    if (next > now()) return acceptAt(next);
    acceptor.async_accept([self = shared_from_this()](std::error_code error, Tcp::socket socket) {
      if (self->shared->stopped) return;
      if (error && error != asio::error::connection_aborted) {  // No descriptors, no memory.
        self->shared->warn(self->shared->warnings,
                           "cannot accept a connection: " + error.message());
        return self->acceptAt(now() + kPause);
      }
      if (!error) self->admit(std::move(socket));  // Else the peer was gone before we looked.
      if (!self->shared->stopped) self->accept();
    });
  }

  void acceptAt(Instant time) {
    pause.expires_at(time);
    pause.async_wait([self = shared_from_this()](std::error_code) {  // Or hurried up.
      if (!self->shared->stopped) self->accept();
    });
  }

  void admit(Tcp::socket socket) {
    if (shared->options.tls != nullptr) return shake(std::move(socket));
    std::shared_ptr<void> seat = shared->seatFor(Role::kAnyone);
    if (seat == nullptr) return shared->sendAway(peerText(socket));
    shared->handOver(bufferedSocket(shared->loop, std::move(socket), shared->options.stream),
                     std::move(seat));
  }

  void shake(Tcp::socket socket) {
    auto& shaking = shared->shaking;
    if (shared->nextAt() <= now() && shaking.size() >= shared->options.handshakesMax) {
      shared->refuse(*shaking.front().handshake, "its handshake is slow and others wait");
      shaking.front().handshake->abandon();
      shaking.pop_front();
    }
    auto handshake =
        std::make_shared<TlsHandshake>(shared->loop, std::move(socket), shared->options.tls);
    shaking.push_back({.handshake = handshake, .seat = nullptr, .since = now()});
    auto at = std::prev(shaking.end());
    handshake->start(
        shared->options.handshakeMax, [shared = shared, at] { shared->shaken(at); },
        [shared = shared, at](Role role) {
          at->seat = shared->seatFor(role);
          if (at->seat == nullptr) shared->sendAway(at->handshake->peer());
          return at->seat != nullptr;
        });
  }

  std::shared_ptr<Shared> shared;
  Tcp::acceptor acceptor;
  asio::steady_timer pause;
};

void Listener::Shared::shaken(std::list<Shaking>::iterator at) {
  Shaking over = std::move(*at);
  shaking.erase(at);
  for (const auto& door : doors) door->pause.cancel();  // There is room again.
  TlsHandshake& handshake = *over.handshake;
  if (handshake.outcome() == TlsHandshake::Outcome::kDone) {
    handOver(bufferedSocket(loop, handshake.takeSocket(), handshake.takeSession(), options.stream),
             std::move(over.seat));
  } else if (handshake.outcome() != TlsHandshake::Outcome::kFull) {
    refuse(handshake, whyNot(handshake));
  }
}

Listener::Listener(KjLoop& loop, const ListenOptions& options, OnPeer onPeer)
    : shared_(std::make_shared<Shared>(loop, options, kj::mv(onPeer))), port_(options.port) {
  auto open = [this](Tcp::acceptor acceptor) {
    port_ = acceptor.local_endpoint().port();  // The next address gets the same.
    shared_->doors.push_back(std::make_shared<Door>(shared_, std::move(acceptor)));
  };
  if (options.hosts.empty()) open(openEverywhere(loop.io(), port_));
  for (const std::string& host : options.hosts) {
    for (const auto& address : resolve(loop.io(), host)) {
      open(openAt(loop.io(), Tcp::endpoint(address, port_)));
    }
  }
  for (const auto& door : shared_->doors) door->accept();
}

Listener::~Listener() {
  shared_->stopped = true;
  shared_->onPeer = [](kj::Own<MessageSocket>) {};  // What it holds must not outlive the loop.
  for (const auto& door : shared_->doors) {
    std::error_code ignored;
    door->acceptor.close(ignored);
    door->pause.cancel();
  }
  shared_->doors.clear();
  for (const Shaking& shaking : shared_->shaking) shaking.handshake->abandon();
  shared_->shaking.clear();
}

std::vector<Address> Listener::addresses() const {
  std::vector<Address> all;
  for (const auto& door : shared_->doors) {
    for (std::string& host : hostsOf(door->acceptor)) {
      all.push_back({.host = std::move(host), .port = port_});
    }
  }
  return all;
}

bool Listener::isLocal() const {
  return std::ranges::all_of(shared_->doors, [](const auto& door) {
    return door->acceptor.local_endpoint().address().is_loopback();
  });
}

std::size_t Listener::connections() const { return shared_->connections; }

std::size_t Listener::handshakes() const { return shared_->shaking.size(); }

std::size_t raiseOpenFilesLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return limit.rlim_cur;
  return raised.rlim_cur;
}

ListenOptions withinOpenFiles(ListenOptions options, std::size_t filesMax) {
  if (openFilesFor(options) <= filesMax) return options;
  std::size_t places = std::max(filesMax - std::min(kOtherFiles, filesMax / 2), kPlacesMin);
  std::size_t handshakes = std::min(options.handshakesMax, places / 4);
  // As many a second as before, so that a queue of strangers is no longer in time.
  Duration slow = options.handshakeSlow * static_cast<Duration::rep>(handshakes) /
                  static_cast<Duration::rep>(options.handshakesMax);
  options.handshakeSlow = std::min(options.handshakeSlow, std::max(slow, kHandshakeSlowMin));
  options.handshakesMax = handshakes;
  options.connectionsMax = std::min(options.connectionsMax, places - handshakes);
  options.clientsMax = std::min(options.clientsMax, options.connectionsMax / 2);
  return options;
}

std::size_t openFilesFor(const ListenOptions& options) {
  return options.connectionsMax + options.handshakesMax + kOtherFiles;
}

}  // namespace pi::net
