#include "scheduler/http/observer_key.h"

#include <doctest/doctest.h>

#include "scheduler/http/limits.h"

using namespace pi;
using namespace pi::scheduler::http;
using namespace std::chrono_literals;

namespace {

const WallTime kNow = WallTime{} + std::chrono::hours(24 * 365 * 56);
const ObserverKey kKey(net::Secret("token"));

}  // namespace

TEST_CASE("a token is right only as a whole") {
  CHECK(kKey.isToken("token"));
  for (const char* text : {"", "toke", "tokens", "Token", "token "}) {
    CAPTURE(text);
    CHECK_FALSE(kKey.isToken(text));
  }
}

TEST_CASE("a cookie is valid until its end") {
  std::string cookie = kKey.makeCookie(kNow);
  CHECK(kKey.endOf(cookie, kNow) == kNow + kCookieLifetime);
  CHECK(kKey.endOf(cookie, kNow + kCookieLifetime - 1s));
  CHECK_FALSE(kKey.endOf(cookie, kNow + kCookieLifetime));
  // The clock was set back: it would be valid for longer than it may be.
  CHECK_FALSE(kKey.endOf(cookie, kNow - 1h));
}

TEST_CASE("a cookie that was changed is not valid") {
  std::string cookie = kKey.makeCookie(kNow);
  for (std::size_t i = 0; i < cookie.size(); ++i) {
    CAPTURE(i);
    std::string changed = cookie;
    changed[i] = changed[i] == '1' ? '2' : '1';
    CHECK_FALSE(kKey.endOf(changed, kNow));
  }
  CHECK_FALSE(kKey.endOf("", kNow));
  CHECK_FALSE(kKey.endOf(".", kNow));
  CHECK_FALSE(kKey.endOf("token", kNow));
  CHECK_FALSE(kKey.endOf(cookie.substr(0, cookie.size() - 1), kNow));
}

TEST_CASE("a scheduler with the same token accepts the cookie, one with another token does not") {
  std::string cookie = kKey.makeCookie(kNow);
  ObserverKey same{net::Secret("token")}, other{net::Secret("another")};
  CHECK(same.endOf(cookie, kNow));
  CHECK(same.cookieName() == kKey.cookieName());
  CHECK_FALSE(other.endOf(cookie, kNow));
  CHECK(other.cookieName() != kKey.cookieName());
}

TEST_CASE("neither the name nor the value of a cookie holds the token") {
  CHECK(kKey.cookieName().find("token") == std::string::npos);
  CHECK(kKey.makeCookie(kNow).find("token") == std::string::npos);
}
