#include "scheduler/http/access.h"

#include <doctest/doctest.h>

#include "scheduler/http/limits.h"

using namespace pi;
using namespace pi::scheduler::http;
using namespace std::chrono_literals;

namespace {

const WallTime kNow = WallTime{} + std::chrono::hours(24 * 365 * 56);
const std::string kToken(64, 'a');

DoorKeys closed() {
  DoorKeys keys{.names = {"login1"}};
  keys.observer.emplace(net::Secret(kToken));
  return keys;
}
const DoorKeys kClosed = closed();
const DoorKeys kOpen{.names = {"login1"}};  // --insecure
const Moment kMoment{.calendar = kNow, .steady = Instant{} + 1h};

// A control session that is open at kMoment.
struct Control {
  ControlSessions sessions;
  std::string session = sessions.open(kMoment.steady);
};
Control& control() {
  static Control kControl;
  return kControl;
}

Judgement judgeAt(const RequestHead& head, const DoorKeys& keys, WallTime now = kNow) {
  return judge(head, keys, control().sessions, {.calendar = now, .steady = kMoment.steady});
}

RequestHead get(const std::string& target) {
  return {.method = Method::kGet, .target = target, .host = "localhost:8787"};
}
RequestHead withToken(RequestHead head, const std::string& token = kToken) {
  head.authorization = "Bearer " + token;
  return head;
}
RequestHead withCookie(RequestHead head, const std::string& value) {
  head.cookie = kClosed.observer->cookieName() + "=" + value;
  return head;
}

// The status of the answer, 200 if the request is granted.
unsigned statusOf(const RequestHead& head, const DoorKeys& keys = kClosed) {
  Judgement judgement = judgeAt(head, keys, kNow);
  return judgement.failure ? judgement.failure->status : 200;
}
std::string sentenceOf(const RequestHead& head, const DoorKeys& keys = kClosed) {
  return judgeAt(head, keys, kNow).failure.value().sentence;
}
bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a page needs the token, and the health and the readiness do not") {
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    std::string path(route.path);
    if (auto at = path.find("{id}"); at != path.npos) path.replace(at, 4, "1");
    if (route.method != Method::kGet) continue;
    RequestHead request = get(path);
    request.isWebSocket = route.endpoint == Endpoint::kLive;
    CHECK(statusOf(request) == (route.need == Need::kNothing ? 200 : 401));
    CHECK(statusOf(withToken(request)) == 200);
    CHECK(statusOf(request, kOpen) == 200);
  }
}

TEST_CASE("a query of the API has the names of its path alone") {
  CHECK(statusOf(withToken(get("/api/v1/jobs?limit=5&before=9"))) == 200);
  CHECK(statusOf(withToken(get("/api/v1/jobs?state=foo"))) == 400);
  CHECK(sentenceOf(withToken(get("/api/v1/jobs?state=foo"))) ==
        "\"state\" is not a parameter of this path; it has limit and before");
  CHECK(mentions(sentenceOf(withToken(get("/api/v1/cluster?limit=1"))), "it has none"));
  CHECK(statusOf(withToken(get("/api/v1/cluster?=1"))) == 400);
  CHECK(statusOf(withToken(get("/?theme=dark"))) == 200);
  CHECK(statusOf(get("/api/v1/jobs?state=foo")) == 401);
}

TEST_CASE("a token that is not valid, or no longer, names the commands for new ones") {
  std::string sentence = sentenceOf(withToken(get("/api/v1/jobs"), "wrong"));
  CHECK(mentions(sentence, "'pi-client dashboard'"));
  CHECK(mentions(sentence, "'pi-client dashboard --control --token'"));
}

TEST_CASE("a link to the plain page sets the cookie, too") {
  Judgement judgement = judgeAt(get("/plain?token=" + kToken), kClosed);
  CHECK_FALSE(judgement.failure);
  CHECK(judgement.isLink);
  CHECK(judgement.target.path == "/plain");
  CHECK(statusOf(get("/plain?token=wrong")) == 401);
}

TEST_CASE("a stranger does not learn which paths there are") {
  CHECK(statusOf(get("/nothing")) == 401);
  CHECK(statusOf(withToken(get("/nothing"))) == 404);
  RequestHead post = get("/metrics");
  post.method = Method::kPost;
  CHECK(statusOf(post) == 401);
  CHECK(statusOf(withToken(post)) == 405);
}

TEST_CASE("a refusal names the remedy") {
  CHECK(mentions(sentenceOf(get("/")), "pi-client dashboard"));
  CHECK(mentions(sentenceOf(withToken(get("/"), "wrong")), "pi-client dashboard"));
  CHECK(mentions(sentenceOf(withCookie(get("/"), "old")), "not valid"));
  CHECK(mentions(sentenceOf(withToken(get("/nothing"))), "/api/v1/cluster"));
  Judgement stranger = judgeAt(get("/"), kClosed, kNow);
  CHECK(stranger.headers.at(0).first == "WWW-Authenticate");
  RequestHead post = withToken(get("/metrics"));
  post.method = Method::kPost;
  Judgement wrongMethod = judgeAt(post, kClosed, kNow);
  CHECK(wrongMethod.headers.at(0) == std::pair<std::string, std::string>("Allow", "GET, HEAD"));
}

TEST_CASE("a bearer token counts only as a whole, and its scheme in any case") {
  RequestHead head = get("/metrics");
  auto status = [&head](const std::string& authorization) {
    head.authorization = authorization;
    return statusOf(head);
  };
  CHECK(status("Bearer " + kToken) == 200);
  CHECK(status("bearer " + kToken) == 200);
  for (const std::string& wrong :
       {std::string(), std::string("Bearer"), std::string("Bearer "), "Bearer  " + kToken,
        "Bearer " + kToken + " ", "Bearer " + kToken.substr(1), "Basic " + kToken, kToken,
        "Bearer " + kToken + ", Bearer " + kToken}) {
    CAPTURE(wrong);
    CHECK(status(wrong) == 401);
  }
}

TEST_CASE("a link with the token sets a cookie and leads to the page without it") {
  Judgement link = judgeAt(get("/?token=" + kToken), kClosed, kNow);
  REQUIRE_FALSE(link.failure.has_value());
  CHECK(link.isLink);
  CHECK(link.standing == Standing::kObserver);
  std::string cookie = observerCookie(kClosed, kNow);
  for (const char* part : {"; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=604800"}) {
    CAPTURE(part);
    CHECK(mentions(cookie, part));
  }
  CHECK_FALSE(mentions(cookie, "Secure"));
  CHECK_FALSE(mentions(cookie, kToken));
  CHECK(link.target.path == "/");

  std::string pair = cookie.substr(0, cookie.find(';'));
  RequestHead next = get("/api/v1/jobs");
  next.cookie = "other=1; " + pair + "; more=2";
  CHECK(statusOf(next) == 200);
  CHECK(judgeAt(next, kClosed, kNow + 24h * 6).failure == std::nullopt);
  CHECK(judgeAt(next, kClosed, kNow + 24h * 7).failure.value().status == 401);
}

TEST_CASE("a link with another token is refused, even with a cookie") {
  RequestHead head = get("/?token=" + std::string(64, 'b'));
  CHECK(statusOf(head) == 401);
  CHECK(statusOf(withCookie(head, kClosed.observer->makeCookie(kNow))) == 401);
  // A token in the query opens no other path.
  CHECK(statusOf(get("/metrics?token=" + kToken)) == 401);
}

TEST_CASE("a cookie of another name, or one among false ones") {
  std::string right = kClosed.observer->makeCookie(kNow);
  CHECK(statusOf(withCookie(get("/"), right)) == 200);
  RequestHead head = get("/");
  head.cookie = "pi_observer=" + right;
  CHECK(statusOf(head) == 401);
  std::string name = kClosed.observer->cookieName();
  head.cookie = name + "=false; " + name + "=" + right;
  CHECK(statusOf(head) == 200);
  for (const char* odd : {"", ";", "=", ";;;=;", "a", ", ,"}) {
    CAPTURE(odd);
    head.cookie = odd;
    CHECK(statusOf(head) == 401);
  }
}

TEST_CASE("a request by a foreign name is refused, with the token and without one") {
  for (const DoorKeys* keys : {&kClosed, &kOpen}) {
    RequestHead head = withToken(get("/metrics"));
    for (const char* host : {"evil.example", "evil.example:8787", "localhost.evil.example"}) {
      CAPTURE(host);
      head.host = host;
      CHECK(statusOf(head, *keys) == 403);
    }
    head.host.reset();
    CHECK(statusOf(head, *keys) == 400);
    head.host = "localhost, localhost";
    CHECK(statusOf(head, *keys) == 400);
  }
  CHECK(statusOf(RequestHead{.target = "/health", .host = "evil.example"}) == 403);
}

TEST_CASE("a tunnel on another port works, and so does each of the scheduler's names") {
  RequestHead head = withToken(get("/metrics"));
  for (const char* host :
       {"localhost:9999", "127.0.0.1:1234", "[::1]:8787", "login1", "LOGIN1:80"}) {
    CAPTURE(host);
    head.host = host;
    CHECK(statusOf(head) == 200);
    head.origin = "http://" + std::string(host);
    CHECK(statusOf(head) == 200);
    head.origin.reset();
  }
}

TEST_CASE("a page of another site or port may not use a browser's cookie") {
  RequestHead head = withCookie(get("/api/v1/jobs"), kClosed.observer->makeCookie(kNow));
  CHECK(statusOf(head) == 200);
  for (const char* origin : {"http://localhost:3000", "https://localhost:8787", "null",
                             "http://evil.example", "http://127.0.0.1:8787"}) {
    CAPTURE(origin);
    head.origin = origin;
    CHECK(statusOf(head) == 403);
    CHECK(statusOf(withToken(get("/")), kOpen) == 200);
  }
  head.origin = "http://localhost:8787";
  CHECK(statusOf(head) == 200);
}

TEST_CASE("a body is refused, however its length is written") {
  RequestHead head = withToken(get("/metrics"));
  head.contentLength = "0";
  CHECK(statusOf(head) == 200);
  for (const char* length : {"1", "-1", "00", "+0", "18446744073709551616", "0, 0", "", "0x0"}) {
    CAPTURE(length);
    head.contentLength = length;
    CHECK(statusOf(head) == 413);
  }
  head.contentLength.reset();
  head.hasTransferEncoding = true;
  CHECK(statusOf(head) == 400);
}

TEST_CASE("a target that is no path is refused") {
  for (const char* target : {"", "*", "http://localhost:8787/", "localhost:8787"}) {
    CAPTURE(target);
    CHECK(statusOf(withToken(get(target))) == 400);
  }
}

TEST_CASE("over TLS the cookie is for TLS only, and the origin must be, too") {
  DoorKeys keys = closed();
  keys.scheme = Scheme::kHttps;
  CHECK(mentions(observerCookie(keys, kNow), "; Secure"));
  CHECK(mentions(controlCookie(keys, "x"), "; Secure"));
  RequestHead head = withToken(get("/metrics"));
  head.origin = "http://localhost:8787";
  CHECK(statusOf(head, keys) == 403);
  head.origin = "https://localhost:8787";
  CHECK(statusOf(head, keys) == 200);
}

namespace {

// A request that changes something, with a control session as a browser sends it.
RequestHead post(const std::string& target = "/api/v1/jobs") {
  RequestHead head{.method = Method::kPost,
                   .target = target,
                   .host = "localhost:8787",
                   .origin = "http://localhost:8787",
                   .contentType = "application/json",
                   .contentLength = "20"};
  head.cookie = kClosed.observer->controlCookieName() + "=" + control().session;
  return head;
}

}  // namespace

TEST_CASE("a control session may change something, and may look") {
  for (const char* target :
       {"/api/v1/jobs", "/api/v1/jobs/7/cancel", "/api/v1/jobs/last/priority"}) {
    CAPTURE(target);
    Judgement judgement = judgeAt(post(target), kClosed);
    CHECK_FALSE(judgement.failure.has_value());
    CHECK(judgement.bodyBytes == 20);
  }
  RequestHead look = get("/api/v1/jobs");
  look.cookie = post().cookie;
  CHECK(statusOf(look) == 200);
  RequestHead program = post();
  program.cookie.reset();
  program.origin.reset();
  program.authorization = "Bearer " + control().session;
  program.contentType = "application/json; charset=utf-8";
  CHECK(statusOf(program) == 200);
}

TEST_CASE("the live view takes a WebSocket, and with a cookie one of the page itself alone") {
  RequestHead view = get("/api/v1/live");
  CHECK(statusOf(view) == 401);
  CHECK(statusOf(withToken(view)) == 400);
  view.isWebSocket = true;
  CHECK(statusOf(withToken(view)) == 200);
  RequestHead page = withCookie(view, kClosed.observer->makeCookie(kNow));
  CHECK(statusOf(page) == 403);
  page.origin = "http://localhost:3000";
  CHECK(statusOf(page) == 403);
  page.origin = "http://localhost:8787";
  CHECK(statusOf(page) == 200);
  page.method = Method::kHead;
  CHECK(statusOf(page) == 400);
  CHECK(statusOf(view, kOpen) == 200);
  view.origin = "http://localhost:3000";
  CHECK(statusOf(view, kOpen) == 403);
}

TEST_CASE("a verdict names the control session that was shown, and no other secret") {
  CHECK(judgeAt(post(), kClosed).controlSession == control().session);
  CHECK(judgeAt(withToken(get("/"), control().session), kClosed).controlSession ==
        control().session);
  CHECK_FALSE(judgeAt(withToken(get("/")), kClosed).controlSession.has_value());
  CHECK_FALSE(judgeAt(get("/"), kOpen).controlSession.has_value());
}

TEST_CASE("an observer may not change anything, and is told how to") {
  RequestHead head = withToken(post());
  head.cookie.reset();
  CHECK(statusOf(head) == 403);
  CHECK(mentions(sentenceOf(head), "pi-client dashboard --control"));
  head = withCookie(post(), kClosed.observer->makeCookie(kNow));
  CHECK(statusOf(head) == 403);
  head.cookie.reset();
  CHECK(statusOf(head) == 401);
}

TEST_CASE("a change with a cookie needs the page's own origin, port included") {
  RequestHead head = post();
  for (const char* origin : {"http://localhost:3000", "null", "http://127.0.0.1:8787"}) {
    CAPTURE(origin);
    head.origin = origin;
    CHECK(statusOf(head) == 403);
  }
  head.origin.reset();
  CHECK(statusOf(head) == 403);
}

TEST_CASE("a change is JSON of a plain length within the limit") {
  RequestHead head = post();
  for (const char* type : {"", "text/plain", "application/x-www-form-urlencoded",
                           "application/jsonp", "multipart/form-data"}) {
    CAPTURE(type);
    head.contentType = type;
    CHECK(statusOf(head) == 400);
    CHECK(statusOf(head, kOpen) == 400);
  }
  head.contentType.reset();
  CHECK(statusOf(head) == 400);
  head = post();
  for (const char* length : {"-1", "+5", "05", "0x5", "5, 5", "", " 5", "18446744073709551616"}) {
    CAPTURE(length);
    head.contentLength = length;
    CHECK(statusOf(head) == 400);
  }
  head.contentLength = std::to_string(kBodyBytesMax);
  CHECK(statusOf(head) == 200);
  head.contentLength = std::to_string(kBodyBytesMax + 1);
  CHECK(statusOf(head) == 413);
  head = post();
  head.hasTransferEncoding = true;
  CHECK(statusOf(head) == 400);
}

TEST_CASE("nothing is changed by GET") {
  for (const Route& route : routes()) {
    CHECK((route.need == Need::kControl) == (route.method != Method::kGet));
  }
  RequestHead head = post("/api/v1/jobs/7/cancel");
  head.method = Method::kGet;
  head.contentLength.reset();
  CHECK(statusOf(head) == 405);
}

TEST_CASE("a link with a code is for the door to exchange") {
  Judgement link = judgeAt(get("/?code=abc"), kClosed);
  CHECK_FALSE(link.failure.has_value());
  CHECK(link.isLink);
  CHECK(link.controlCode == "abc");
  CHECK(link.standing == Standing::kStranger);
  CHECK_FALSE(judgeAt(get("/?code=abc"), kOpen).isLink);
  CHECK(statusOf(get("/metrics?code=abc")) == 401);
}

TEST_CASE("a granted live view may look until its cookie, or else its session, ends") {
  auto live = [](RequestHead head) {
    head.isWebSocket = true;
    head.origin = "http://localhost:8787";
    Judgement judgement = judgeAt(head, kClosed);
    REQUIRE_FALSE(judgement.failure.has_value());
    return judgement;
  };
  ControlSessions none;  // As if all sessions had ended.
  auto mayLook = [](const Judgement& granted, const ControlSessions& sessions, Duration later) {
    return mayStillLook(granted, sessions,
                        {.calendar = kNow + later, .steady = kMoment.steady + later});
  };
  Judgement cookie =
      live(withCookie(get("/api/v1/live"), kClosed.observer->makeCookie(kNow - 24h)));
  CHECK(mayLook(cookie, none, kCookieLifetime - 24h - 1s));
  CHECK_FALSE(mayLook(cookie, none, kCookieLifetime - 24h));
  CHECK(mayLook(live(withToken(get("/api/v1/live"))), none, 10 * kCookieLifetime));

  Judgement session = live(withToken(get("/api/v1/live"), control().session));
  CHECK(mayLook(session, control().sessions, 1s));
  CHECK_FALSE(mayLook(session, control().sessions, kControlSessionLife));
  CHECK_FALSE(mayLook(session, none, 1s));
  RequestHead both = withCookie(get("/api/v1/live"), kClosed.observer->makeCookie(kNow));
  *both.cookie += "; " + kClosed.observer->controlCookieName() + "=" + control().session;
  CHECK(mayLook(live(both), none, kCookieLifetime - 1s));
  CHECK_FALSE(mayLook(live(both), none, kCookieLifetime));
}
