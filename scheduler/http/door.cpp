#include "scheduler/http/door.h"

#include <kj/debug.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/net/loop/clock.h"
#include "common/net/transport/byte_stream.h"
#include "common/net/transport/connect_error.h"
#include "scheduler/http/guarded_stream.h"
#include "scheduler/http/limits.h"
#include "scheduler/http/refusal_page.h"

namespace pi::scheduler::http {
namespace {

// An answer without kj-http, for a head that it must not see.
std::string bytesOf(const Answer& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " " +
                     std::string(phraseOf(answer.status)) + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : protectiveHeaders()) text += name + ": " + value + "\r\n";
  return text + "Cache-Control: " + std::string(answer.caching) +
         "\r\nContent-Type: " + std::string(answer.type) +
         "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
}

std::string tooLong() {
  return bytesOf(
      answerOf({431, "the head of the request has more than " + std::to_string(kHeadBytesMax) +
                         " bytes or " + std::to_string(kHeadLinesMax) +
                         " lines (limit); send fewer cookies and headers"}));
}

std::optional<std::string> valueOf(const kj::HttpHeaders& headers, kj::HttpHeaderId id) {
  KJ_IF_MAYBE (value, headers.get(id)) {
    return std::string(value->begin(), value->size());
  }
  return std::nullopt;
}

// "close" in any case, alone or in a list.
bool holdsClose(std::optional<std::string> connection) {
  if (!connection) return false;
  for (char& c : *connection) c = static_cast<char>(c | 0x20);
  return connection->find("close") != std::string::npos;
}

bool isVersion13(const kj::HttpHeaders& headers) {
  return valueOf(headers, kj::HttpHeaderId::SEC_WEBSOCKET_VERSION) == "13";
}

Method methodFrom(kj::HttpMethod method) {
  if (method == kj::HttpMethod::GET) return Method::kGet;
  if (method == kj::HttpMethod::HEAD) return Method::kHead;
  return method == kj::HttpMethod::POST ? Method::kPost : Method::kOther;
}

kj::HttpServerSettings settingsFor(const DoorLimits& limits, kj::HttpServerErrorHandler& errors,
                                   kj::HttpServerCallbacks& callbacks) {
  kj::HttpServerSettings settings;
  settings.headerTimeout = net::toKj(limits.headTimeout);
  settings.pipelineTimeout = net::toKj(limits.idleMax);
  // A body that was not asked for is not read.
  settings.canceledUploadGracePeriod = 0 * kj::SECONDS;
  settings.canceledUploadGraceBytes = 0;
  settings.errorHandler = errors;
  settings.callbacks = callbacks;
  return settings;
}

}  // namespace

// The headers that we look at, besides those that kj-http knows.
struct Door::HeaderIds {
  HeaderIds()
      : origin(builder.add("Origin")),
        authorization(builder.add("Authorization")),
        cookie(builder.add("Cookie")),
        accept(builder.add("Accept")),
        ifNoneMatch(builder.add("If-None-Match")),
        table(builder.build()) {}

  RequestHead read(kj::HttpMethod method, kj::StringPtr url, const kj::HttpHeaders& headers) const {
    return {.method = methodFrom(method),
            .target = std::string(url.begin(), url.size()),
            .host = valueOf(headers, kj::HttpHeaderId::HOST),
            .origin = valueOf(headers, origin),
            .authorization = valueOf(headers, authorization),
            .cookie = valueOf(headers, cookie),
            .accept = valueOf(headers, accept),
            .ifNoneMatch = valueOf(headers, ifNoneMatch),
            .contentType = valueOf(headers, kj::HttpHeaderId::CONTENT_TYPE),
            .contentLength = valueOf(headers, kj::HttpHeaderId::CONTENT_LENGTH),
            .hasTransferEncoding = headers.get(kj::HttpHeaderId::TRANSFER_ENCODING) != nullptr,
            .isWebSocket = headers.isWebSocket() && isVersion13(headers) &&
                           headers.get(kj::HttpHeaderId::SEC_WEBSOCKET_KEY) != nullptr,
            .wantsClose = holdsClose(valueOf(headers, kj::HttpHeaderId::CONNECTION))};
  }

  kj::HttpHeaderTable::Builder builder;
  kj::HttpHeaderId origin;
  kj::HttpHeaderId authorization;
  kj::HttpHeaderId cookie;
  kj::HttpHeaderId accept;
  kj::HttpHeaderId ifNoneMatch;
  kj::Own<kj::HttpHeaderTable> table;
};

// Serves the requests of one connection.
class Door::Visitor final : public kj::HttpService {
 public:
  Visitor(Door& door, Peer& peer, GuardedStream& stream)
      : door_(door), peer_(peer), stream_(stream) {}
  KJ_DISALLOW_COPY(Visitor);

  kj::Promise<void> request(kj::HttpMethod method, kj::StringPtr url,
                            const kj::HttpHeaders& headers, kj::AsyncInputStream& body,
                            Response& response) override {
    stream_.beginRequest();
    if (isOver_) return kj::READY_NOW;  // It came together with the last one that is answered.
    RequestHead head = door_.ids_->read(method, url, headers);
    Moment now{.calendar = net::wallNow(), .steady = net::now()};
    Judgement judgement = judge(head, door_.keys_, door_.control_, now);
    takeLink(judgement, now);
    bool isKnown = judgement.standing != Standing::kStranger;
    if (isKnown) peer_.isKnown = true;
    bool isFull = isKnown && door_.inFlight_ >= door_.limits_.requestsInFlightMax;
    if (!judgement.failure && isFull) {
      judgement.failure = Failure{429, std::to_string(door_.inFlight_) +
                                           " requests are not answered yet (limit); read their "
                                           "answers, or try again in a second"};
      judgement.headers.emplace_back("Retry-After", "1");
    }
    bool isLive = judgement.endpoint == Endpoint::kLive;
    if (isLive) judgement.failure = whyNotShown(judgement.failure);
    if (judgement.failure) door_.noteRefusal(peer_, *judgement.failure);
    // After a refusal, too: a body may follow that must not be taken for the next request.
    isOver_ = !isKnown || judgement.failure.has_value() || head.wantsClose || isLive;
    if (isLive && !judgement.failure) return show(judgement, response);
    kj::Own<Place> place;  // Strangers take none: their answers are short.
    if (isKnown) place = kj::heap<Place>(door_.inFlight_);
    kj::Promise<Answer> answer = judgement.failure
                                     ? kj::Promise<Answer>(refusal(*judgement.failure, head))
                                     : granted(judgement, body);
    return answer
        .then([this, &response, more = std::move(judgement.headers)](Answer&& found) {
          found.headers.insert(found.headers.end(), more.begin(), more.end());
          return door_.send(response, found, isOver_)
              .exclusiveJoin(failAfter(door_.limits_.answerTimeout));
        })
        .then([this] {
          stream_.endRequest();
          if (isOver_) stream_.endInput();
        })
        .attach(kj::mv(place));
  }

 private:
  struct Place {
    explicit Place(std::size_t& ourCount) : count(ourCount) { ++count; }
    KJ_DISALLOW_COPY(Place);
    ~Place() { --count; }
    std::size_t& count;
  };

  static Answer refusal(const Failure& failure, const RequestHead& head) {
    return wantsPage(head) ? refusalPage(failure) : answerOf(failure);
  }

  // A browser does not tell its page why it opened no WebSocket, so the page asks again without
  // one: that the places are taken is said before what is `wrong` with the request.
  std::optional<Failure> whyNotShown(const std::optional<Failure>& wrong) const {
    std::size_t max = std::min(kLiveViewersMax, door_.limits_.connectionsMax / 2);
    if (door_.viewers_ >= max) {
      return Failure{429, "all " + std::to_string(max) +
                              " places for viewers are taken (limit); close some pages"};
    }
    if (wrong) return wrong;
    // Frames that came together with the head would not be measured.
    if (stream_.endsWithHead()) return std::nullopt;
    return Failure{400, "messages came before the answer; send them after it"};
  }

  kj::Promise<void> show(const Judgement& judgement, Response& response) {
    auto place = kj::heap<Place>(door_.viewers_);
    stream_.beginFrames();
    LiveVisit visit{.socket = response.acceptWebSocket(kj::HttpHeaders(*door_.ids_->table)),
                    .stream = stream_,
                    .connection = peer_.socket,
                    .mayLook = lookOf(judgement),
                    .mayControl = controlOf(judgement),
                    .frameTimeout = door_.limits_.frameTimeout};
    ++door_.counts_.granted;
    return door_.site_.show(kj::mv(visit)).attach(kj::mv(place)).then([this] {
      stream_.endInput();
    });
  }

  kj::Function<bool()> lookOf(const Judgement& judgement) const {
    return [this, judgement] {
      Moment now{.calendar = net::wallNow(), .steady = net::now()};
      return mayStillLook(judgement, door_.control_, now);
    };
  }

  kj::Function<bool()> controlOf(const Judgement& judgement) const {
    return [this, standing = judgement.standing, session = judgement.controlSession] {
      if (standing != Standing::kController) return false;
      return !session || door_.control_.isOpen(*session, net::now());
    };
  }

  kj::Promise<void> failAfter(Duration time) {
    return door_.loop_.timer().afterDelay(net::toKj(time)).then([] {
      kj::throwFatalException(KJ_EXCEPTION(DISCONNECTED, "the peer takes too long"));
    });
  }

  // Exchanges what a link has for cookies.
  void takeLink(Judgement& judgement, Moment now) {
    if (judgement.failure || !judgement.isLink) return;
    if (judgement.controlCode) {
      auto session = door_.control_.exchange(*judgement.controlCode, now.steady);
      if (!session) {
        judgement.failure = Failure{401,
                                    "the code of this link was used, or is older than a "
                                    "minute; get a new link with 'pi-client dashboard "
                                    "--control'"};
        return;
      }
      judgement.standing = Standing::kController;
      judgement.headers.emplace_back("Set-Cookie", controlCookie(door_.keys_, *session));
    }
    judgement.headers.emplace_back("Set-Cookie", observerCookie(door_.keys_, now.calendar));
    judgement.headers.emplace_back("Location", judgement.target.path);
  }

  kj::Promise<Answer> granted(const Judgement& judgement, kj::AsyncInputStream& body) {
    if (judgement.isLink) return Answer{.status = 303, .type = kTextType};
    if (judgement.bodyBytes == 0) return ask(judgement, "");
    return bodyFrom(body, judgement.bodyBytes)
        .exclusiveJoin(
            failAfter(door_.limits_.bodyTimeout).then([]() -> std::string { return ""; }))
        .then([this, judgement](const std::string& text) { return ask(judgement, text); });
  }

  static kj::Promise<std::string> bodyFrom(kj::AsyncInputStream& body, std::size_t bytes) {
    auto buffer = kj::heapArray<char>(bytes);
    auto read = body.tryRead(buffer.begin(), bytes, bytes);
    return read.then([buffer = kj::mv(buffer)](std::size_t count) {
      if (count < buffer.size()) {
        kj::throwFatalException(KJ_EXCEPTION(DISCONNECTED, "the body is not complete"));
      }
      return std::string(buffer.begin(), buffer.size());
    });
  }

  kj::Promise<Answer> ask(const Judgement& judgement, const std::string& body) {
    auto late =
        door_.loop_.timer().afterDelay(net::toKj(door_.limits_.changeTimeout)).then([]() -> Answer {
          return answerOf({503,
                           "the disk has not taken this yet, and perhaps it will; look "
                           "later, or repeat it with the same request_id"});
        });
    return kj::evalNow([&] { return door_.site_.answer(judgement, body); })
        .exclusiveJoin(kj::mv(late))
        .then(
            [this](Answer&& answer) {
              ++door_.counts_.granted;
              return kj::mv(answer);
            },
            [this, path = judgement.target.path](kj::Exception&& exception) {
              spdlog::error("a request at {} could not be answered: {}", path,
                            exception.getDescription().cStr());
              ++door_.counts_.failed;
              return answerOf({500, "the scheduler could not answer this; its log says why"});
            });
  }

  Door& door_;
  Peer& peer_;
  GuardedStream& stream_;
  bool isOver_ = false;
};

Door::Door(net::KjLoop& loop, DoorKeys keys, Site& site, const DoorLimits& limits)
    : loop_(loop),
      keys_(std::move(keys)),
      site_(site),
      limits_(limits),
      ids_(kj::heap<HeaderIds>()),
      refusalLines_(kRefusalLinesMax, kRefusalPeriod),
      server_(kj::heap<kj::HttpServer>(
          loop.timer(), *ids_->table,
          [this](kj::AsyncIoStream&) -> kj::Own<kj::HttpService> { return kj::mv(visitor_); },
          settingsFor(limits_, *this, *this))),
      ends_(ignoreFailures_) {}

Door::~Door() noexcept(false) = default;

void Door::admit(std::shared_ptr<net::BufferedSocket> socket) {
  if (isFull() && !makeRoom()) {
    Failure full{503, "all " + std::to_string(peers_.size()) +
                          " connections are in use (limit); close some pages"};
    std::string answer = bytesOf(answerOf(full));
    socket->write(std::as_bytes(std::span(answer)));
    socket->close();
    return;
  }
  std::uint64_t id = ++lastPeer_;
  Peer& peer = peers_.emplace(id, Peer{.socket = socket}).first->second;
  auto stream = kj::heap<GuardedStream>(net::byteStream(std::move(socket)), tooLong());
  visitor_ = kj::heap<Visitor>(*this, peer, *stream);
  // Also when it fails: a peer that breaks off is no news.
  ends_.add(server_->listenHttp(kj::mv(stream)).catch_([](kj::Exception&&) {}).then([this, id] {
    leave(id);
  }));
}

void Door::leave(std::uint64_t peer) {
  auto found = peers_.find(peer);
  leaving_.push_back(found->second.socket);
  peers_.erase(found);
}

bool Door::isFull() {
  std::erase_if(leaving_, [](const auto& socket) { return socket.expired(); });
  return peers_.size() + leaving_.size() >= limits_.connectionsMax;
}

// A peer that was answered and does not close is the first to go, then a stranger.
bool Door::makeRoom() {
  if (!leaving_.empty()) {
    if (auto socket = leaving_.front().lock()) {
      ++counts_.displaced;
      socket->fail(KJ_EXCEPTION(DISCONNECTED, "closed, because others came"));
    }
    leaving_.pop_front();
    return true;
  }
  for (auto& [id, peer] : peers_) {
    if (peer.isKnown || peer.isLeaving) continue;
    peer.isLeaving = true;
    ++counts_.displaced;
    peer.socket->fail(KJ_EXCEPTION(DISCONNECTED, "closed, because others came"));
    return true;
  }
  return false;
}

kj::Promise<void> Door::send(kj::HttpService::Response& response, const Answer& answer,
                             bool isLast) {
  kj::HttpHeaders headers(*ids_->table);
  auto add = [&headers](std::string_view name, std::string_view value) {
    headers.add(kj::heapString(name.data(), name.size()),
                kj::heapString(value.data(), value.size()));
  };
  for (const auto& [name, value] : protectiveHeaders()) add(name, value);
  add("Cache-Control", answer.caching);
  for (const auto& [name, value] : answer.headers) add(name, value);
  headers.set(kj::HttpHeaderId::CONTENT_TYPE,
              kj::heapString(answer.type.data(), answer.type.size()));
  auto body = kj::heapString(answer.body.data(), answer.body.size());
  std::string phrase(phraseOf(answer.status));
  isLast_ = isLast;  // The server asks for it now.
  auto stream = response.send(answer.status, phrase.c_str(), headers, body.size());
  isLast_ = false;
  if (body.size() == 0) return kj::READY_NOW;  // kj-http takes no write() of no bytes after a 304.
  auto sent = stream->write(body.begin(), body.size());
  return sent.attach(kj::mv(stream), kj::mv(body));
}

void Door::noteRefusal(const Peer& peer, const Failure& failure) {
  ++counts_.refused;
  if (failure.status != 401 && failure.status != 403) return;
  if (!refusalLines_.allows(net::now())) return;
  spdlog::warn("refused a request of {} at the dashboard: {}{}", peer.socket->peer(),
               failure.sentence, refusalLines_.takeNote());
}

kj::Promise<void> Door::handleClientProtocolError(kj::HttpHeaders::ProtocolError error,
                                                  kj::HttpService::Response& response) {
  ++counts_.refused;
  constexpr unsigned kUnknownMethod = 501;
  if (error.statusCode == kUnknownMethod) {
    Answer answer = answerOf({405, "there is no such method here; use GET"});
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return send(response, answer, true);
  }
  return send(response, answerOf({400, "this is not a request of HTTP/1.1; send one"}), true);
}

// An exception of another type comes before our own code sees the request: its Transfer-Encoding
// is not known.
kj::Promise<void> Door::handleApplicationError(kj::Exception exception,
                                               kj::Maybe<kj::HttpService::Response&> response) {
  if (net::isLost(exception)) return kj::READY_NOW;
  KJ_IF_MAYBE (possible, response) {
    ++counts_.refused;
    return send(*possible,
                answerOf({400,
                          "a body with this Transfer-Encoding or Content-Length is not "
                          "taken; leave it out"}),
                true);
  }
  return kj::READY_NOW;
}

}  // namespace pi::scheduler::http
