#include "common/net/transport/dial.h"

#include <kj/debug.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/base/quantity.h"
#include "common/net/loop/alarm.h"
#include "common/net/loop/clock.h"
#include "common/net/transport/tls_handshake.h"
#include "common/net/transport/tls_socket.h"

namespace pi::net {
namespace {

using Tcp = asio::ip::tcp;

// The result of one attempt: a socket, or an error.  The sentence of kUnreachable is only a few
// words, since the final sentence lists all addresses.
using Outcome = Expected<std::shared_ptr<BufferedSocket>, ConnectError>;

// By the number, since Asio's category does not map all of these to conditions.
Unreached reasonOf(std::error_code error) {
  switch (error.value()) {
    case ECONNREFUSED:
      return Unreached::kRefused;
    case ETIMEDOUT:
      return Unreached::kNoAnswer;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
    case EACCES:
    case EPERM:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return Unreached::kNoWay;
    default:
      return Unreached::kOther;
  }
}

ConnectError unreachable(const std::string& reason) {
  return {ConnectFailure::kUnreachable, reason};
}

// Why the handshake with the peer has failed.
ConnectError errorOf(const TlsHandshake& handshake) {
  using Kind = TlsFailure::Kind;
  std::string address = "tcp://" + handshake.peer();
  if (handshake.outcome() == TlsHandshake::Outcome::kTimedOut) {
    return {ConnectFailure::kSilent, silentText(handshake.peer())};
  }
  if (handshake.outcome() == TlsHandshake::Outcome::kFull) {
    return {ConnectFailure::kFull, "the scheduler at " + address +
                                       " is full: all its connections are in use; try again later"};
  }
  constexpr const char* kGetNew = "; get its current connection file";
  switch (handshake.failure().kind) {
    case Kind::kRefused:
      return {ConnectFailure::kRefused,
              "the scheduler at " + address + " refuses this program's key" + kGetNew};
    case Kind::kWrongKey:
      return {
          ConnectFailure::kRefused,
          "the service at " + address + " does not have the expected scheduler's key" + kGetNew};
    case Kind::kOldTls:
      return {ConnectFailure::kRefused,
              "the service at " + address + " does not speak TLS 1.3; check the address"};
    case Kind::kNone:
    case Kind::kNoTls:
    case Kind::kNoKey:
    case Kind::kOther:
      break;
  }
  return {ConnectFailure::kNotAScheduler,
          address +
              " is not a pi-scheduler with keys; check the address, and whether the scheduler was "
              "started with --insecure"};
}

// A call of one endpoint.  Asio's handlers share it, so it may outlive its Dialler.
struct Attempt : std::enable_shared_from_this<Attempt> {
  Attempt(KjLoop& ourLoop, const DialOptions& ourOptions)
      : loop(ourLoop), options(ourOptions), socket(loop.io()), deadline(loop.io()) {}

  // Both functions are called inside the loop; `ourOnOver` once, `ourOnAccepted` at most once.
  void start(const Tcp::endpoint& endpoint, std::function<void()> ourOnAccepted,
             std::function<void(Outcome)> ourOnOver) {
    onAccepted = std::move(ourOnAccepted);
    onOver = std::move(ourOnOver);
    deadline.expires_after(options.attemptMax);
    deadline.async_wait([self = shared_from_this()](std::error_code cancelled) {
      if (cancelled || self->handshake != nullptr) return;
      self->fail("no answer", Unreached::kNoAnswer);
    });
    socket.async_connect(endpoint, [self = shared_from_this()](std::error_code error) {
      if (self->isOver()) return;
      if (error) return self->fail(error.message(), reasonOf(error));
      if (self->isOwnEcho()) return self->fail("connected to itself", Unreached::kRefused);
      self->startHandshake();
    });
  }

  bool isOver() const { return onOver == nullptr; }
  bool isInHandshake() const { return !isOver() && handshake != nullptr; }

  // The connection is made: starts the handshake, if there is one.
  void startHandshake() {
    deadline.cancel();
    const Credentials& credentials = options.credentials;
    if (!credentials.hasValue()) {
      finish(ConnectError(ConnectFailure::kRefused, "the scheduler at tcp://" + peerText(socket) +
                                                        " was reached, but " +
                                                        credentials.error().what()));
    } else if (*credentials == nullptr) {
      finish(bufferedSocket(loop, std::move(socket), options.stream));
    } else {
      handshake = std::make_shared<TlsHandshake>(loop, std::move(socket), *credentials);
      handshake->start(options.handshakeMax,
                       [self = shared_from_this()] { self->onHandshakeOver(); });
      onAccepted();
    }
  }

  void onHandshakeOver() {
    if (handshake->outcome() != TlsHandshake::Outcome::kDone) return finish(errorOf(*handshake));
    finish(bufferedSocket(loop, handshake->takeSocket(), handshake->takeSession(), options.stream));
  }

  void fail(const std::string& text, Unreached reason) {
    if (onOver != nullptr && options.onUnreached) options.onUnreached(reason);
    finish(unreachable(text));
  }

  void finish(Outcome outcome) {
    auto call = std::exchange(onOver, nullptr);
    if (call == nullptr) return;
    stop();
    call(std::move(outcome));
  }

  // A connection to a free port of this machine may connect to itself.
  bool isOwnEcho() const {
    std::error_code error;
    auto local = socket.local_endpoint(error);
    return !error && local == socket.remote_endpoint(error);
  }

  void stop() {
    onAccepted = nullptr;
    deadline.cancel();
    std::error_code ignored;
    socket.close(ignored);
    if (handshake != nullptr) handshake->abandon();
  }

  // Nothing is called any more.
  void abandon() {
    if (std::exchange(onOver, nullptr) != nullptr) stop();
  }

  KjLoop& loop;
  const DialOptions options;
  Tcp::socket socket;
  asio::steady_timer deadline;
  std::shared_ptr<TlsHandshake> handshake;
  std::function<void()> onAccepted;
  std::function<void(Outcome)> onOver;  // Null once it was called, or is not wanted any more.
};

// Calls the endpoints of all addresses in order, each a little later than the one before, and takes
// the first one that answers as a scheduler (RFC 8305, "Happy Eyeballs", section 5).  So many
// silent addresses cost little time.  The code is destroyed with the promise that it fulfils.
class Dialler {
 public:
  using Fulfiller = kj::PromiseFulfiller<kj::Own<MessageSocket>>;

  Dialler(Fulfiller& fulfiller, KjLoop& loop, const std::vector<Address>& addresses,
          const DialOptions& options)
      : fulfiller_(fulfiller),
        loop_(loop),
        options_(options),
        next_(loop, [this] { callNext(); }),
        lookupsEnd_(loop, [this] { endLookups(); }) {
    for (const Address& address : addresses) add(address);
    if (!lookups_.empty()) lookupsEnd_.set(now() + options_.lookupMax);
    callNext();
  }
  KJ_DISALLOW_COPY(Dialler);
  ~Dialler() { abandonAll(); }

 private:
  // An endpoint to call, or the reason why an address has none.
  struct Place {
    Address address;
    std::optional<Tcp::endpoint> endpoint{};
    std::string failure{};  // Why nothing answers there, in a few words.
    std::shared_ptr<Attempt> attempt{};
  };
  struct NameLookup {
    Address address;
    std::unique_ptr<Lookup> lookup;
  };

  void add(const Address& address) {
    std::error_code error;
    auto numeric = asio::ip::make_address(address.host, error);
    if (!error) {
      places_.push_back({.address = address, .endpoint = Tcp::endpoint(numeric, address.port)});
      return;
    }
    NameLookup& added = lookups_.emplace_back(NameLookup{.address = address, .lookup = nullptr});
    added.lookup =
        std::make_unique<Lookup>(loop_, address, options_.resolve,
                                 [this, place = std::prev(lookups_.end())](const Resolved& found) {
                                   Address name = place->address;
                                   lookups_.erase(place);
                                   noteFound(name, found);
                                 });
  }

  void noteFound(const Address& name, const Resolved& found) {
    if (found.hasValue() && !found->empty()) {
      for (const Tcp::endpoint& each : *found) {
        places_.push_back({.address = name, .endpoint = each});
      }
    } else {
      std::string reason = found.hasValue() ? "the name has no address" : found.error().what();
      places_.push_back({.address = name, .failure = reason});
      if (options_.onUnreached) options_.onUnreached(Unreached::kNoName);
    }
    if (lookups_.empty()) lookupsEnd_.set(std::nullopt);
    if (isHandshaking()) return;  // The alarm rings.
    callNext();
  }

  void endLookups() {
    for (const NameLookup& late : lookups_) {
      places_.push_back({.address = late.address,
                         .failure = "no name server has told its address within " +
                                    durationText(options_.lookupMax)});
      if (options_.onUnreached) options_.onUnreached(Unreached::kNoName);
    }
    lookups_.clear();
    callNext();
  }

  bool isHandshaking() const {
    return std::ranges::any_of(places_, [](const Place& place) {
      return place.attempt != nullptr && place.attempt->isInHandshake();
    });
  }

  // Calls the next endpoint; fails if none is left and none can answer any more.
  void callNext() {
    while (called_ < places_.size() && !places_[called_].endpoint) ++called_;
    if (called_ == places_.size()) return failIfOver();
    std::size_t index = called_++;
    Place& place = places_[index];
    place.attempt = std::make_shared<Attempt>(loop_, options_);
    next_.set(now() + options_.nextCall);
    place.attempt->start(
        *place.endpoint,
        // This is most likely the scheduler, so the others wait.
        [this] { next_.set(now() + kDialHandshakeMaxAgain); },
        [this, index](Outcome outcome) { noteOver(index, std::move(outcome)); });
  }

  void noteOver(std::size_t index, Outcome outcome) {
    if (outcome.hasValue()) {
      end();
      return fulfiller_.fulfill(kj::heap<MessageSocket>(std::move(outcome).value()));
    }
    const ConnectError& error = outcome.error();
    if (error.kind() == ConnectFailure::kUnreachable) {
      Place& place = places_[index];
      std::string address = place.endpoint->address().to_string();
      place.failure = address == place.address.host ? "" : address + ": ";
      place.failure += error.what();
    } else if (!worst_ || error.kind() == ConnectFailure::kRefused) {
      worst_ = error;
    }
    // A peer that is full has shown the scheduler's key: its other addresses are full, too.
    if (error.kind() == ConnectFailure::kFull) return fail(error);
    if (error.kind() == ConnectFailure::kSilent) {
      // The other addresses are most likely the same scheduler's.
      options_.handshakeMax = std::min(options_.handshakeMax, kDialHandshakeMaxAgain);
    }
    if (!isHandshaking()) callNext();
  }

  void failIfOver() {
    bool isCalling = std::ranges::any_of(places_, [](const Place& place) {
      return place.attempt != nullptr && !place.attempt->isOver();
    });
    if (isCalling || !lookups_.empty()) return;
    // An address that answers says more than all the addresses that do not.
    fail(worst_ ? *worst_ : unreachable(failures()));
  }

  std::string failures() const {
    if (places_.empty()) return "there is no address to connect to";
    std::string text;
    for (const Place& place : places_) {
      text += text.empty() ? "no scheduler answers at " : ", ";
      text += toText(place.address) + " (" + place.failure + ")";
    }
    return text;
  }

  void fail(const ConnectError& error) {
    end();
    fulfiller_.reject(asException(error));
  }

  void end() {
    next_.set(std::nullopt);
    lookupsEnd_.set(std::nullopt);
    abandonAll();
  }

  void abandonAll() {
    for (Place& place : places_) {
      if (place.attempt != nullptr) place.attempt->abandon();
    }
    lookups_.clear();
  }

  Fulfiller& fulfiller_;
  KjLoop& loop_;
  DialOptions options_;
  std::deque<Place> places_;  // In the order in which they are called.
  std::size_t called_ = 0;    // How many of the places were called, or have no endpoint.
  std::list<NameLookup> lookups_;
  std::optional<ConnectError> worst_;  // The worst error of the places that do answer.
  Alarm next_;
  Alarm lookupsEnd_;
};

}  // namespace

kj::Promise<kj::Own<MessageSocket>> dial(KjLoop& loop, const std::vector<Address>& addresses,
                                         const DialOptions& options) {
  return kj::newAdaptedPromise<kj::Own<MessageSocket>, Dialler>(loop, addresses, options);
}

std::string silentText(const std::string& peer) {
  return "the scheduler at tcp://" + peer +
         " does not answer; check whether its process is stopped or its machine overloaded, and "
         "try "
         "again";
}

LocalPair connectLocalPair(KjLoop& loop, const StreamLimits& limits) {
  asio::local::stream_protocol::socket first(loop.io());
  asio::local::stream_protocol::socket second(loop.io());
  asio::local::connect_pair(first, second);
  return {.first = kj::heap<MessageSocket>(bufferedSocket(loop, std::move(first), limits)),
          .second = kj::heap<MessageSocket>(bufferedSocket(loop, std::move(second), limits))};
}

}  // namespace pi::net
