// How a WebSocket ends.
#pragma once

#include <cstdint>
#include <string>

namespace pi::scheduler::http {

// The codes of RFC 6455, section 7.4.1, that we send.
inline constexpr std::uint16_t kWrongFrame = 1002;
inline constexpr std::uint16_t kWrongType = 1003;
inline constexpr std::uint16_t kWrongMessage = 1008;
inline constexpr std::uint16_t kAccessOver = 1008;
inline constexpr std::uint16_t kTooLong = 1009;

// For the peer: the code, and one sentence of at most 123 bytes.
struct SocketEnd {
  std::uint16_t code = 0;
  std::string sentence{};
  bool operator==(const SocketEnd&) const = default;
};

}  // namespace pi::scheduler::http
