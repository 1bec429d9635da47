#include "scheduler/http/observer_key.h"

#include <charconv>
#include <chrono>
#include <cstdint>

#include "common/net/secrets/mac.h"
#include "scheduler/http/limits.h"

namespace pi::scheduler::http {
namespace {

constexpr std::size_t kNameDigits = 16;

std::string nameEnd(const net::Secret& token) {
  return net::authenticationCode(token, "name of cookies").substr(0, kNameDigits);
}

std::int64_t secondsOf(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

std::optional<std::int64_t> wholeNumber(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

}  // namespace

ObserverKey::ObserverKey(const net::Secret& token)
    : token_(token),
      cookieKey_(net::authenticationCode(token, "key of cookies")),
      cookieName_("pi_observer_" + nameEnd(token)),
      controlCookieName_("pi_control_" + nameEnd(token)) {}

bool ObserverKey::isToken(std::string_view text) const {
  return net::areEqualSecrets(text, token_.reveal());
}

std::string ObserverKey::codeFor(std::string_view end) const {
  return net::authenticationCode(cookieKey_, "cookie until " + std::string(end));
}

std::string ObserverKey::makeCookie(WallTime now) const {
  std::string end = std::to_string(secondsOf(now + kCookieLifetime));
  return end + "." + codeFor(end);
}

// A cookie that ends too late is not ours, or was made by a clock that was wrong.
std::optional<WallTime> ObserverKey::endOf(std::string_view cookie, WallTime now) const {
  std::string_view end = cookie.substr(0, cookie.find('.'));
  if (end.size() == cookie.size()) return std::nullopt;
  if (!net::areEqualSecrets(cookie.substr(end.size() + 1), codeFor(end))) return std::nullopt;
  std::optional<std::int64_t> endsAt = wholeNumber(end);
  bool isValid = endsAt && secondsOf(now) < *endsAt && *endsAt <= secondsOf(now + kCookieLifetime);
  if (!isValid) return std::nullopt;
  return WallTime{} + std::chrono::seconds(*endsAt);
}

}  // namespace pi::scheduler::http
