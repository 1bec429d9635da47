// The client's side of a WebSocket (RFC 6455), as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pi::testing {

// The headers of a request for a WebSocket.
inline const std::string kUpgradeHeaders =
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

inline constexpr unsigned kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9,
                          kPong = 10;

enum class Piece { kLast, kNotLast };

// A frame as a client sends it.
inline std::string clientFrame(std::string_view payload, unsigned opcode = kText,
                               Piece piece = Piece::kLast) {
  constexpr std::string_view kMask = "\x11\x22\x33\x44";
  std::string frame;
  frame += static_cast<char>(opcode | (piece == Piece::kLast ? 0x80u : 0u));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80u | payload.size());
  } else {
    frame += '\xff';  // Eight bytes of length.
    for (int shift = 56; shift >= 0; shift -= 8) {
      frame += static_cast<char>(payload.size() >> shift);
    }
  }
  frame += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ kMask[i % kMask.size()]);
  }
  return frame;
}

struct ServerFrame {
  unsigned opcode = 0;
  std::string payload{};

  // For a close frame.
  unsigned code() const {
    auto byte = [this](std::size_t i) { return static_cast<unsigned char>(payload.at(i)); };
    return byte(0) * 256u + byte(1);
  }
  std::string reason() const { return payload.substr(2); }
};

// Takes the frames that are complete from the front of what a server sent.
inline std::vector<ServerFrame> takeFrames(std::string& received) {
  std::vector<ServerFrame> frames;
  auto byte = [&received](std::size_t i) {
    return std::size_t{static_cast<unsigned char>(received[i])};
  };
  while (received.size() >= 2) {
    std::size_t begin = byte(1) == 127 ? 10 : byte(1) == 126 ? 4 : 2;
    if (received.size() < begin) break;
    std::size_t size = begin == 2 ? byte(1) : 0;
    for (std::size_t i = 2; i < begin; ++i) size = size << 8 | byte(i);
    if (received.size() - begin < size) break;
    frames.push_back(
        {.opcode = static_cast<unsigned>(byte(0) & 0x0f), .payload = received.substr(begin, size)});
    received.erase(0, begin + size);
  }
  return frames;
}

}  // namespace pi::testing
