// Measures the frames of a WebSocket (RFC 6455, section 5.2) while they arrive.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "scheduler/http/socket_end.h"

namespace pi::scheduler::http {

// kj-http 0.9.2 limits the length of a frame, but not of a message in many frames, nor their
// number; and it takes frames without a mask.  So frames are looked at here, before they are read.
class FrameMeter {
 public:
  // Why the connection must end; nullopt while the frames are within the limits.
  std::optional<SocketEnd> add(std::span<const std::byte> received);
  // Frames whose heads were complete.
  std::uint64_t frames() const { return frames_; }

 private:
  std::size_t headBytes() const;
  std::uint64_t payloadBytes() const;
  std::optional<SocketEnd> takeHead();

  std::array<std::byte, 14> head_{};
  std::size_t filled_ = 0;         // Bytes of head_.
  std::uint64_t payloadLeft_ = 0;  // The frame whose head was the last one.
  std::uint64_t messageBytes_ = 0;
  std::uint64_t messageFrames_ = 0;
  std::uint64_t frames_ = 0;
};

}  // namespace pi::scheduler::http
