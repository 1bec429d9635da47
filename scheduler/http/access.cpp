#include "scheduler/http/access.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <variant>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "scheduler/http/limits.h"

namespace pi::scheduler::http {
namespace {

constexpr const char* kGetLink = "get a link with 'pi-client dashboard'";

// The right name keeps out pages of other sites that had their name resolve to this machine; the
// right origin keeps out requests that pages of other sites and ports send.
std::optional<Failure> wrongSource(const RequestHead& head, const DoorKeys& keys) {
  std::optional<std::string> host = head.host ? hostIn(*head.host) : std::nullopt;
  if (!host) {
    return Failure{400, "the request has no Host header with a name; send one"};
  }
  if (!isOurs(*host, keys.names)) {
    return Failure{403, quoted(*host) +
                            " is not a name of this scheduler; use localhost, or start it with "
                            "--dashboard-host and that name"};
  }
  if (head.origin && !isSameOrigin(*head.origin, *head.host, keys.scheme)) {
    return Failure{
        403, "pages of " + quoted(*head.origin) + " may not use this scheduler; open its own page"};
  }
  return std::nullopt;
}

// kj-http 0.9.2 reads the sizes of bodies wrongly, so it sees only plain ones.  The length, or why
// it is refused.
std::variant<std::size_t, Failure> bodyBytesOf(const RequestHead& head, bool isExpected) {
  if (head.hasTransferEncoding) {
    return Failure{400, "a body with a Transfer-Encoding is not taken; send a Content-Length"};
  }
  if (!head.contentLength || *head.contentLength == "0") return std::size_t{0};
  if (!isExpected) return Failure{413, "this request takes no body; leave it out"};
  // At least 1, without a sign and without zeros in front.
  bool isPlain = !head.contentLength->starts_with('0');
  Parsed<std::uint64_t> bytes = parseWhole(*head.contentLength, 1, kCountEnd - 1);
  if (!bytes.value || !isPlain) {
    return Failure{400, "the Content-Length is not a plain number; send one"};
  }
  if (*bytes.value <= kBodyBytesMax) return static_cast<std::size_t>(*bytes.value);
  return Failure{413, "the body has more than " + std::to_string(kBodyBytesMax) +
                          " bytes (limit); send a shorter one"};
}

// The token of "Authorization: Bearer TOKEN"; empty without one.
std::string_view bearerIn(const RequestHead& head) {
  constexpr std::string_view kScheme = "bearer ";
  if (!head.authorization || head.authorization->size() <= kScheme.size()) return {};
  std::string_view text = *head.authorization;
  bool isBearer = std::ranges::equal(kScheme, text.substr(0, kScheme.size()), {}, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  });
  return isBearer ? text.substr(kScheme.size()) : std::string_view{};
}

// The values of a cookie.  Another program on this host can add cookies of the same name.
std::vector<std::string_view> cookiesNamed(const RequestHead& head, std::string_view name) {
  std::vector<std::string_view> values;
  std::string_view rest = head.cookie ? std::string_view(*head.cookie) : std::string_view{};
  while (!rest.empty()) {
    std::string_view pair = rest.substr(0, rest.find_first_of(";,"));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    std::size_t sign = std::min(pair.find('='), pair.size());
    if (sign < pair.size() && pair.substr(0, sign) == name) values.push_back(pair.substr(sign + 1));
  }
  return values;
}

// How a request shows its standing.
struct Proof {
  Standing standing = Standing::kStranger;
  std::optional<std::string> session{};  // A control session.
  std::optional<WallTime> cookieEnd{};   // The end of an observer's cookie.
  bool isByCookie = false;               // A browser adds it, whichever page asks for that.
};

// The end of the observer's cookie; none without a valid one.
std::optional<WallTime> cookieEndIn(const RequestHead& head, const ObserverKey& key, WallTime now) {
  for (std::string_view cookie : cookiesNamed(head, key.cookieName())) {
    if (auto end = key.endOf(cookie, now)) return end;
  }
  return std::nullopt;
}

Proof proofIn(const RequestHead& head, const DoorKeys& keys, const ControlSessions& control,
              Moment now) {
  if (!keys.observer) return {.standing = Standing::kController};
  const ObserverKey& key = *keys.observer;
  std::string_view bearer = bearerIn(head);
  if (control.isOpen(bearer, now.steady)) {
    return {.standing = Standing::kController, .session = std::string(bearer)};
  }
  std::optional<WallTime> cookieEnd = cookieEndIn(head, key, now.calendar);
  for (std::string_view session : cookiesNamed(head, key.controlCookieName())) {
    if (control.isOpen(session, now.steady)) {
      return {.standing = Standing::kController,
              .session = std::string(session),
              .cookieEnd = cookieEnd,
              .isByCookie = true};
    }
  }
  if (key.isToken(bearer)) return {.standing = Standing::kObserver};
  if (cookieEnd) {
    return {.standing = Standing::kObserver, .cookieEnd = cookieEnd, .isByCookie = true};
  }
  return {};
}

Failure unauthorized(const RequestHead& head, bool hasLink) {
  if (hasLink || head.authorization) {
    return {401, "this is not a token of this scheduler, or no longer; " + std::string(kGetLink) +
                     ", or a token with control by 'pi-client dashboard --control --token'"};
  }
  if (head.cookie) {
    return {401,
            "your cookie is not valid for this scheduler any longer; " + std::string(kGetLink)};
  }
  return {401, "no token was sent; " + std::string(kGetLink) +
                   ", or send 'Authorization: Bearer' and the token"};
}

// Why a request that changes something is refused; null if its sender may change something.
std::optional<Failure> wrongChange(const RequestHead& head, const Proof& proof) {
  if (proof.standing != Standing::kController) {
    return Failure{403,
                   "this needs control, and you may only look; get a link with "
                   "'pi-client dashboard --control'"};
  }
  // Without an origin it may be a page of another site that a browser does not name.
  if (proof.isByCookie && !head.origin) {
    return Failure{403,
                   "a change with a cookie needs an Origin header; browsers send it, and "
                   "programs use 'pi-client dashboard --control --token'"};
  }
  std::string_view type = head.contentType ? std::string_view(*head.contentType) : "";
  if (type.substr(0, type.find(';')) != "application/json") {
    return Failure{400, "the Content-Type is not application/json; send JSON and say so"};
  }
  return std::nullopt;
}

// Why the query of a request of the API is refused; null if it is not.  Pages ignore theirs.
std::optional<Failure> wrongQuery(const Target& target, const Route& route) {
  if (!target.path.starts_with("/api/")) return std::nullopt;
  std::string known;
  for (std::string_view name : route.parameters) {
    if (name.empty()) continue;
    known += (known.empty() ? "" : " and ") + std::string(name);
  }
  for (const auto& [name, value] : target.query) {
    if (!name.empty() && std::ranges::find(route.parameters, name) != route.parameters.end()) {
      continue;
    }
    return Failure{400, quoted(name) + " is not a parameter of this path; it has " +
                            (known.empty() ? "none" : known)};
  }
  return std::nullopt;
}

// Why a request of the live view is refused; null if it is not.
std::optional<Failure> wrongSocket(const RequestHead& head, const Proof& proof) {
  if (!head.isWebSocket || head.method != Method::kGet) {
    return Failure{400, "this path takes a WebSocket of version 13; open one"};
  }
  // A WebSocket is not bound to its page's site by the browser, so the origin must show it.
  if (proof.isByCookie && !head.origin) {
    return Failure{403,
                   "a WebSocket with a cookie needs an Origin header; browsers send it, and "
                   "programs send 'Authorization: Bearer' and the token"};
  }
  return std::nullopt;
}

std::string attributesOf(const DoorKeys& keys, Duration life) {
  auto whole = std::chrono::duration_cast<std::chrono::seconds>(life);
  return "; Max-Age=" + std::to_string(whole.count()) + "; Path=/; HttpOnly; SameSite=Strict" +
         (keys.scheme == Scheme::kHttps ? "; Secure" : "");
}

// A link of 'pi-client dashboard'.  Returns whether the target is one.
bool takeLink(const DoorKeys& keys, Judgement& judgement) {
  const std::string* token = judgement.target.valueOf("token");
  const std::string* code = judgement.target.valueOf("code");
  if (!keys.observer || (token == nullptr && code == nullptr)) return false;
  judgement.isLink = true;
  judgement.standing = Standing::kStranger;
  if (code != nullptr) {
    judgement.controlCode = *code;
  } else if (keys.observer->isToken(*token)) {
    judgement.standing = Standing::kObserver;
  }
  return true;
}

}  // namespace

std::string observerCookie(const DoorKeys& keys, WallTime now) {
  return keys.observer->cookieName() + "=" + keys.observer->makeCookie(now) +
         attributesOf(keys, kCookieLifetime);
}

bool mayStillLook(const Judgement& granted, const ControlSessions& control, Moment now) {
  if (granted.controlSession && control.isOpen(*granted.controlSession, now.steady)) return true;
  if (granted.cookieEnd) return now.calendar < *granted.cookieEnd;
  return !granted.controlSession;  // The token is valid as long as this scheduler runs.
}

std::string controlCookie(const DoorKeys& keys, const std::string& session) {
  return keys.observer->controlCookieName() + "=" + session +
         attributesOf(keys, kControlSessionLife);
}

Judgement judge(const RequestHead& head, const DoorKeys& keys, const ControlSessions& control,
                Moment now) {
  Judgement judgement;
  auto refuse = [&judgement](Failure failure) {
    judgement.failure = std::move(failure);
    return judgement;
  };
  std::optional<Target> target = parseTarget(head.target);
  if (!target)
    return refuse({400, "the request's target is not a path; write it as '/api/v1/jobs'"});
  if (auto wrong = wrongSource(head, keys)) return refuse(*wrong);
  judgement.target = *std::move(target);

  RouteMatch match = findRoute(head.method, judgement.target.path);
  Proof proof = proofIn(head, keys, control, now);
  judgement.standing = proof.standing;
  judgement.controlSession = proof.session;
  judgement.cookieEnd = proof.cookieEnd;
  bool isPage = match.route != nullptr && (match.route->endpoint == Endpoint::kPage ||
                                           match.route->endpoint == Endpoint::kPlainPage);
  bool isLink = isPage && takeLink(keys, judgement);
  bool isOpen = match.route != nullptr && match.route->need == Need::kNothing;
  if (!isOpen && judgement.standing == Standing::kStranger && !judgement.controlCode) {
    judgement.headers.emplace_back("WWW-Authenticate", "Bearer");
    return refuse(unauthorized(head, isLink));
  }
  if (match.allowed.empty()) {
    return refuse({404, "there is nothing at " + quoted(judgement.target.path) +
                            "; the API begins at /api/v1/cluster"});
  }
  if (match.route == nullptr) {
    judgement.headers.emplace_back("Allow", match.allowed);
    return refuse({405, "this path has no such method; it has " + match.allowed});
  }
  if (auto wrong = wrongQuery(judgement.target, *match.route)) return refuse(*wrong);
  bool isChange = match.route->need == Need::kControl;
  if (isChange) {
    if (auto wrong = wrongChange(head, proof)) return refuse(*wrong);
  }
  judgement.endpoint = match.route->endpoint;
  if (judgement.endpoint == Endpoint::kLive) {
    if (auto wrong = wrongSocket(head, proof)) return refuse(*wrong);
  }
  auto bytes = bodyBytesOf(head, isChange);
  if (const auto* wrong = std::get_if<Failure>(&bytes)) return refuse(*wrong);
  judgement.bodyBytes = std::get<std::size_t>(bytes);
  judgement.id = match.id;
  judgement.ifNoneMatch = head.ifNoneMatch.value_or("");
  return judgement;
}

}  // namespace pi::scheduler::http
