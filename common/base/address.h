// The address of a scheduler, written "tcp://HOST:PORT".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/quantity.h"

namespace pi {

inline constexpr std::uint16_t kDefaultPort = 8786;

// `host` is a name or a numeric address; an IPv6 address has no brackets here.
struct Address {
  std::string host;
  std::uint16_t port = kDefaultPort;
  bool operator==(const Address&) const = default;
};

// Accepts "tcp://HOST:PORT", "HOST:PORT", "HOST", "[IPv6]:PORT", "[IPv6]"; ports from 1 to 65535.
Parsed<Address> parseAddress(std::string_view text);

// "tcp://HOST:PORT"
std::string toText(const Address& address);

}  // namespace pi
