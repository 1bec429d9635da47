// The key of observers: a token, and the cookies that stand for it in browsers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/net/secrets/secret.h"

namespace pi::scheduler::http {

// A cookie is not the token: it is a code over its own end, under a key that is derived from the
// token.  So a new token ends all cookies, and a restarted scheduler accepts the old ones.
class ObserverKey {
 public:
  explicit ObserverKey(const net::Secret& token);

  bool isToken(std::string_view text) const;

  // Cookies belong to all ports of a host.  The name is derived from the token, too, so that the
  // schedulers of one host do not replace each other's cookies.
  const std::string& cookieName() const { return cookieName_; }
  // The cookie of a control session, whose value is that session.
  const std::string& controlCookieName() const { return controlCookieName_; }
  // The value of a cookie that is valid for kCookieLifetime.
  std::string makeCookie(WallTime now) const;
  // Until when the cookie is valid; none if it is not.
  std::optional<WallTime> endOf(std::string_view cookie, WallTime now) const;

 private:
  std::string codeFor(std::string_view end) const;

  net::Secret token_;
  net::Secret cookieKey_;
  std::string cookieName_;
  std::string controlCookieName_;
};

}  // namespace pi::scheduler::http
