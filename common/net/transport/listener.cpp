#include "common/net/transport/listener.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/steady_timer.hpp>
#include <list>
#include <map>
#include <utility>

#include "common/base/rate_limit.h"
#include "common/net/loop/clock.h"
#include "common/net/transport/buffered_socket.h"
#include "common/net/transport/handshake_queue.h"
#include "common/net/transport/interfaces.h"
#include "common/net/transport/tls_handshake.h"
#include "common/net/transport/tls_socket.h"

namespace pi::net {
namespace {

using Tcp = asio::ip::tcp;

// Before accept() is retried after an error.
constexpr Duration kRetryPause = std::chrono::milliseconds(100);
// Connections and handshakes of a process with very few files.
// Not in SECURITY.md: the limit on open files (ulimit -n) decides it.
constexpr std::size_t kPlacesMin = 4;

// `option`: see ListenOptions.
[[noreturn]] void failToListen(const std::string& what, const std::string& option,
                               std::error_code error) {
  std::string failure = "cannot listen on " + what + ": ";
  std::string portOption = option.empty() ? "--port" : option;
  if (error == asio::error::address_in_use) {
    throw ListenError(failure + "the port is taken; choose another " + portOption, true);
  }
  std::string remedy = "choose one of this machine's addresses with " +
                       (option.empty() ? "--host or an interface with --interface" : option);
  if (error == asio::error::access_denied) {
    remedy = "choose a port above 1023 with " + portOption;
  }
  throw ListenError(failure + error.message() + "; " + remedy, false);
}

// Listens on every interface: with one IPv6 socket that accepts IPv4, too, if this machine has
// IPv6.
Tcp::acceptor openEverywhere(asio::io_context& io, std::uint16_t port, const std::string& option) {
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
  if (!error) acceptor.listen(kUnacceptedMax, error);
  if (error) failToListen("port " + std::to_string(port), option, error);
  return acceptor;
}

Tcp::acceptor openAt(asio::io_context& io, const Tcp::endpoint& endpoint,
                     const std::string& option) {
  Tcp::acceptor acceptor(io);
  std::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error && endpoint.address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(true), error);
  }
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kUnacceptedMax, error);
  if (error) failToListen(toText(endpoint), option, error);
  return acceptor;
}

std::vector<asio::ip::address> resolve(asio::io_context& io, const std::string& host,
                                       const std::string& option) {
  std::error_code error;
  auto results = Tcp::resolver(io).resolve(host, "", Tcp::resolver::passive, error);
  if (error) failToListen(host, option, error);
  std::vector<asio::ip::address> addresses;
  for (const auto& result : results) {
    auto address = result.endpoint().address();
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

// The addresses at which peers can reach the acceptor.  One for every interface has those of this
// machine, of the IP versions that it accepts.
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

// Why the handshake has failed.  Nullopt if that is not worth a log line, such as a monitor that
// only checks whether the port is open.
std::optional<std::string> reasonOf(const TlsHandshake& handshake) {
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
      return "its key is not one of this scheduler's";
    case Kind::kRefused:
      return "it looks for a scheduler with another key";
    case Kind::kOther:
      return "the handshake failed: " + handshake.failure().reason;
  }
  if (!handshake.wasSpokenTo()) return std::nullopt;
  return "it left in the handshake";
}

}  // namespace

// A peer in its handshake, and its place among the connections once its key is known.
struct Listener::Pending {
  std::shared_ptr<TlsHandshake> handshake;
  HandshakeQueue::Number number = 0;
  std::shared_ptr<void> place;
  Instant since;
};

// The state that the ports and the accepted sockets share.
struct Listener::Shared : std::enable_shared_from_this<Listener::Shared> {
  Shared(KjLoop& ourLoop, const ListenOptions& ourOptions, OnPeer ourOnPeer)
      : loop(ourLoop),
        options(withBudget(ourOptions)),
        onPeer(kj::mv(ourOnPeer)),
        queue(std::make_shared<HandshakeQueue>(ourLoop)),
        fullLines(kFullLinesPerSecond),
        handshakeLines(kHandshakeLinesPerSecond) {}

  static ListenOptions withBudget(ListenOptions options) {
    options.stream.budget =
        std::make_shared<BufferBudget>(BufferBudget{.bytesMax = options.buffersMax});
    return options;
  }

  void warn(RateLimit& limit, const std::string& line) {
    if (limit.allows(now())) spdlog::warn("{}{}", line, limit.takeNote());
  }

  void logRefused(const TlsHandshake& handshake, const std::optional<std::string>& why) {
    if (why) warn(handshakeLines, "refused " + handshake.peer() + ": " + *why);
  }

  // Takes a place among the connections until the result is released; null if all are taken.
  std::shared_ptr<void> takePlace(Role role) {
    if (connections >= roomFor(role) || isFull(role)) return nullptr;
    ++connections;
    ++connectionsOf[role];
    return {this, [self = shared_from_this(), role](void*) {
              --self->connections;
              --self->connectionsOf[role];
            }};
  }

  // The connections that there may be in all when the last one is of this role.
  std::size_t roomFor(Role role) const {
    bool mayUseAll = role == Role::kOwner || role == Role::kAnyone;
    return options.connectionsMax - (mayUseAll ? 0 : options.keptForOwner);
  }

  // True if the peers of this role use all that they may.
  bool isFull(Role role) {
    if (role == Role::kClient) return connectionsOf[role] >= options.clientsMax;
    return role == Role::kWorker && connectionsOf[role] >= options.workerConnectionsMax;
  }

  void logFull(const std::string& peer, Role role) {
    std::string used = isFull(role)
                           ? "all " + std::to_string(connectionsOf[role]) + " connections for " +
                                 name(role) + "s are in use"
                           : "all " + std::to_string(connections) + " connections are in use";
    bool isFewer = options.connectionsMax < kConnectionsMax;
    warn(fullLines, "refused " + peer + ": " + used + (isFewer ? " (limit: ulimit -n)" : ""));
  }

  // The oldest handshake that waits for its peer, not for us; null if there is none.
  Pending* oldestIdle() {
    auto found = std::ranges::find_if(
        pending, [this](const Pending& each) { return !queue->isWaiting(each.number); });
    return found == pending.end() ? nullptr : &*found;
  }

  // When the next peer may be accepted: now, unless all handshakes are in use.
  Instant nextAt() {
    if (pending.size() < options.handshakesMax) return Instant{};
    const Pending* idle = oldestIdle();
    return idle == nullptr ? pending.front().since + options.handshakeMax
                           : idle->since + options.handshakeSlow;
  }

  // Ends the slowest handshake if a new one needs its place.  False if there is no place.
  bool makeRoom() {
    if (pending.size() < options.handshakesMax) return true;
    Pending* idle = oldestIdle();
    if (idle == nullptr || idle->since + options.handshakeSlow > now()) return false;
    ++counts.displaced;
    logRefused(*idle->handshake, "its handshake is slow and others wait");
    idle->handshake->abandon();
    std::erase_if(pending, [idle](const Pending& each) { return &each == idle; });
    return true;
  }

  void handOver(std::shared_ptr<BufferedSocket> socket, std::shared_ptr<void> place) {
    socket->keep(std::move(place));
    onPeer(std::move(socket));
  }

  void onHandshakeOver(std::list<Pending>::iterator at);
  void logCounts() const;

  KjLoop& loop;
  const ListenOptions options;
  OnPeer onPeer;
  std::vector<std::shared_ptr<Port>> ports;
  std::size_t connections = 0;
  std::map<Role, std::size_t> connectionsOf;
  std::list<Pending> pending;  // In the order of their arrival.
  std::shared_ptr<HandshakeQueue> queue;
  HandshakeCounts counts;
  bool stopped = false;
  RateLimit fullLines;
  RateLimit handshakeLines;
};

// One listening socket.  Its handlers share it, and do nothing once the listener is destroyed.
struct Listener::Port : std::enable_shared_from_this<Listener::Port> {
  Port(std::shared_ptr<Shared> ourShared, Tcp::acceptor ourAcceptor)
      : shared(std::move(ourShared)), acceptor(std::move(ourAcceptor)), pause(shared->loop.io()) {}

  // Waits for a caller, and then until one may be accepted.
  void awaitCaller() {
    Instant next = shared->nextAt();
    if (next > now()) return pauseUntil(next);
    acceptor.async_wait(Tcp::acceptor::wait_read, [self = shared_from_this()](std::error_code) {
      if (self->shared->stopped) return;
      self->shared->queue->acceptLater([self] {
        if (!self->shared->stopped) self->accept();
      });
    });
  }

  void accept() {
    if (!shared->makeRoom()) return awaitCaller();
    std::error_code error;
    Tcp::socket socket = acceptor.accept(error);
    // After these two errors the peer is gone already.
    bool isGone = error == asio::error::connection_aborted || error == asio::error::would_block;
    if (error && !isGone) {  // No descriptors, no memory.
      shared->warn(shared->fullLines, "cannot accept a connection: " + error.message());
      return pauseUntil(now() + kRetryPause);
    }
    if (!error) admit(std::move(socket));
    if (!shared->stopped) awaitCaller();
  }

  void pauseUntil(Instant time) {
    pause.expires_at(time);
    pause.async_wait(
        [self = shared_from_this()](std::error_code) {  // A cancelled pause ends early.
          if (!self->shared->stopped) self->awaitCaller();
        });
  }

  void admit(Tcp::socket socket) {
    if (shared->options.tls != nullptr) return startHandshake(std::move(socket));
    std::shared_ptr<void> place = shared->takePlace(Role::kAnyone);
    if (place == nullptr) return shared->logFull(peerText(socket), Role::kAnyone);
    shared->handOver(bufferedSocket(shared->loop, std::move(socket), shared->options.stream),
                     std::move(place));
  }

  void startHandshake(Tcp::socket socket) {
    auto& pending = shared->pending;
    auto handshake =
        std::make_shared<TlsHandshake>(shared->loop, std::move(socket), shared->options.tls);
    HandshakeQueue::Number number = shared->queue->arrive();
    pending.push_back({.handshake = handshake, .number = number, .place = nullptr, .since = now()});
    auto at = std::prev(pending.end());
    ++shared->counts.begun;
    handshake->start(
        shared->options.handshakeMax, [shared = shared, at] { shared->onHandshakeOver(at); },
        [shared = shared, at](Role role) {
          at->place = shared->takePlace(role);
          if (at->place == nullptr) shared->logFull(at->handshake->peer(), role);
          return at->place != nullptr;
        },
        [shared = shared, number](HandshakeQueue::Turn turn) {
          shared->queue->continueLater(number, std::move(turn));
        });
  }

  std::shared_ptr<Shared> shared;
  Tcp::acceptor acceptor;
  asio::steady_timer pause;
};

void Listener::Shared::onHandshakeOver(std::list<Pending>::iterator at) {
  Pending over = std::move(*at);
  pending.erase(at);
  for (const auto& port : ports) port->pause.cancel();  // The next peer can be accepted.
  TlsHandshake& handshake = *over.handshake;
  if (handshake.outcome() == TlsHandshake::Outcome::kDone) {
    ++counts.succeeded;
    handOver(bufferedSocket(loop, handshake.takeSocket(), handshake.takeSession(), options.stream),
             std::move(over.place));
  } else if (handshake.outcome() != TlsHandshake::Outcome::kFull) {
    logRefused(handshake, reasonOf(handshake));
  }
}

Listener::Listener(KjLoop& loop, const ListenOptions& options, OnPeer onPeer)
    : shared_(std::make_shared<Shared>(loop, options, kj::mv(onPeer))), port_(options.port) {
  auto open = [this](Tcp::acceptor acceptor) {
    port_ = acceptor.local_endpoint().port();  // The other addresses use the same port.
    acceptor.non_blocking(true);
    shared_->ports.push_back(std::make_shared<Port>(shared_, std::move(acceptor)));
  };
  if (options.hosts.empty()) open(openEverywhere(loop.io(), port_, options.option));
  for (const std::string& host : options.hosts) {
    for (const auto& address : resolve(loop.io(), host, options.option)) {
      open(openAt(loop.io(), Tcp::endpoint(address, port_), options.option));
    }
  }
  for (const auto& port : shared_->ports) port->awaitCaller();
}

// Shows whether strangers, or other work in the background, have delayed connected peers.
void Listener::Shared::logCounts() const {
  if (counts.begun == 0) return;
  const BackgroundCounts& work = loop.backgroundCounts();
  spdlog::info(
      "handshakes of {}: {} begun, {} succeeded, {} ended for others; background: {:.3f} of {:.3f} "
      "s of CPU time, {:.3f} s of it before other work; longest piece {:.1f} ms; calls and other "
      "events {} times between {} pieces",
      options.peers, counts.begun, counts.succeeded, counts.displaced, seconds(work.cpu),
      seconds(threadCpuTime()), seconds(work.cpuBeforeOthers), 1e3 * seconds(work.longest),
      work.eventsBetween, work.pieces);
}

Listener::~Listener() {
  shared_->stopped = true;
  shared_->logCounts();
  shared_->onPeer = [](std::shared_ptr<BufferedSocket>) {
  };  // Its captures must not outlive the loop.
  for (const auto& port : shared_->ports) {
    std::error_code ignored;
    port->acceptor.close(ignored);
    port->pause.cancel();
  }
  shared_->ports.clear();
  for (const Pending& each : shared_->pending) each.handshake->abandon();
  shared_->pending.clear();
  shared_->queue->clear();
}

std::vector<Address> Listener::addresses() const {
  std::vector<Address> all;
  for (const auto& port : shared_->ports) {
    for (std::string& host : hostsOf(port->acceptor)) {
      all.push_back({.host = std::move(host), .port = port_});
    }
  }
  return all;
}

bool Listener::isLocal() const {
  return std::ranges::all_of(shared_->ports, [](const auto& port) {
    return port->acceptor.local_endpoint().address().is_loopback();
  });
}

std::size_t Listener::connections() const { return shared_->connections; }

const std::map<Role, std::size_t>& Listener::connectionsByRole() const {
  return shared_->connectionsOf;
}

std::size_t Listener::handshakes() const { return shared_->pending.size(); }

const HandshakeCounts& Listener::handshakeCounts() const { return shared_->counts; }

std::size_t raiseOpenFilesLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return limit.rlim_cur;
  return raised.rlim_cur;
}

ListenOptions withinOpenFiles(ListenOptions options, std::size_t filesMax) {
  if (openFilesFor(options) <= filesMax) return options;
  std::size_t places = std::max(filesMax - std::min(kOtherFilesMax, filesMax / 2), kPlacesMin);
  std::size_t handshakes = std::min(options.handshakesMax, places / 4);
  // Fewer but quicker handshakes: as many a second as before, so that a queue of peers without keys
  // delays others no longer than before.
  Duration slow = options.handshakeSlow * static_cast<Duration::rep>(handshakes) /
                  static_cast<Duration::rep>(options.handshakesMax);
  options.handshakeSlow = std::min(options.handshakeSlow, std::max(slow, kHandshakeSlowMin));
  options.handshakesMax = handshakes;
  options.connectionsMax = std::min(options.connectionsMax, places - handshakes);
  options.clientsMax = std::min(options.clientsMax, options.connectionsMax / 2);
  std::size_t notForWorkers = std::max(options.connectionsMax / 8, 1 + options.keptForOwner);
  options.workerConnectionsMax =
      std::min(options.workerConnectionsMax, options.connectionsMax - notForWorkers);
  return options;
}

std::size_t openFilesFor(const ListenOptions& options) {
  return options.connectionsMax + options.handshakesMax + kOtherFilesMax;
}

}  // namespace pi::net
