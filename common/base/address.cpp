#include "common/base/address.h"

#include <algorithm>
#include <charconv>

#include "common/base/printable.h"

namespace pi {
namespace {

constexpr std::string_view kScheme = "tcp://";
constexpr std::size_t kHostCharactersMax = 255;

Parsed<Address> refuse(std::string_view text, std::string_view why) {
  return {.error = quoted(text) + " " + std::string(why) + "; write an address as tcp://HOST:PORT"};
}

bool isHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_' || c == ':' || c == '%';
}

}  // namespace

Parsed<Address> parseAddress(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with(kScheme)) {
    rest.remove_prefix(kScheme.size());
  } else if (rest.find("://") != rest.npos) {
    return refuse(text, "is not a tcp address");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);

  std::string_view host;
  if (rest.starts_with('[')) {
    std::size_t bracket = rest.find(']');
    if (bracket == rest.npos) return refuse(text, "has no closing bracket");
    host = rest.substr(1, bracket - 1);
    rest.remove_prefix(bracket + 1);
  } else {
    std::size_t colon = rest.find(':');
    if (colon != rest.rfind(':')) return refuse(text, "needs brackets around its IPv6 address");
    host = rest.substr(0, colon);
    rest.remove_prefix(host.size());
  }
  if (host.empty()) return refuse(text, "has no host");
  if (host.size() > kHostCharactersMax || host.starts_with('-') ||
      !std::ranges::all_of(host, isHostCharacter)) {
    return refuse(text, "has an invalid host");
  }

  Address address{.host = std::string(host), .port = kDefaultPort};
  if (rest.empty()) return {.value = address};
  const char* end = rest.data() + rest.size();
  auto [parsed, error] = std::from_chars(rest.data() + 1, end, address.port);
  if (!rest.starts_with(':') || error != std::errc{} || parsed != end || address.port == 0) {
    return refuse(text, "needs a port from 1 to 65535");
  }
  return {.value = address};
}

std::string toText(const Address& address) {
  bool isV6 = address.host.find(':') != address.host.npos;
  std::string host = isV6 ? "[" + address.host + "]" : address.host;
  return std::string(kScheme) + host + ":" + std::to_string(address.port);
}

}  // namespace pi
