#include "scheduler/http/frame_meter.h"

#include <algorithm>
#include <string>

#include "scheduler/http/limits.h"

namespace pi::scheduler::http {
namespace {

constexpr std::byte kLastFrame{0x80}, kReserved{0x70}, kOpcode{0x0f}, kControl{0x08};
constexpr std::byte kMasked{0x80}, kLength{0x7f};
constexpr std::size_t kMaskBytes = 4;

bool has(std::byte byte, std::byte bits) { return (byte & bits) != std::byte{}; }

// The bytes of the length, besides the second byte of the head.
std::size_t lengthBytes(std::byte second) {
  auto length = std::to_integer<unsigned>(second & kLength);
  return length == 127 ? 8 : length == 126 ? 2 : 0;
}

SocketEnd wrongFrame() {
  return {kWrongFrame, "this is not a frame that a WebSocket's client sends; use RFC 6455"};
}

}  // namespace

std::optional<SocketEnd> FrameMeter::add(std::span<const std::byte> received) {
  while (!received.empty()) {
    if (payloadLeft_ > 0) {
      std::size_t count = std::min<std::uint64_t>(payloadLeft_, received.size());
      payloadLeft_ -= count;
      received = received.subspan(count);
      continue;
    }
    head_[filled_++] = received.front();
    received = received.subspan(1);
    if (filled_ < headBytes()) continue;
    filled_ = 0;
    if (auto wrong = takeHead()) return wrong;
  }
  return std::nullopt;
}

std::size_t FrameMeter::headBytes() const {
  return filled_ < 2 ? 2 : 2 + lengthBytes(head_[1]) + kMaskBytes;
}

std::uint64_t FrameMeter::payloadBytes() const {
  std::size_t bytes = lengthBytes(head_[1]);
  if (bytes == 0) return std::to_integer<std::uint64_t>(head_[1] & kLength);
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    length = length << 8 | std::to_integer<std::uint64_t>(head_[2 + i]);
  }
  return length;
}

std::optional<SocketEnd> FrameMeter::takeHead() {
  ++frames_;
  payloadLeft_ = payloadBytes();
  bool isLast = has(head_[0], kLastFrame);
  if (has(head_[0], kReserved) || !has(head_[1], kMasked)) return wrongFrame();
  if (has(head_[0], kControl)) {
    if (!isLast || payloadLeft_ > kLiveControlBytesMax) return wrongFrame();
    return std::nullopt;
  }
  bool isFirst = has(head_[0], kOpcode);
  if (isFirst) messageBytes_ = messageFrames_ = 0;
  if (payloadLeft_ > kLiveMessageBytesMax - messageBytes_ ||
      ++messageFrames_ > kLiveMessageFramesMax) {
    return SocketEnd{kTooLong, "a message has more than " + std::to_string(kLiveMessageBytesMax) +
                                   " bytes or " + std::to_string(kLiveMessageFramesMax) +
                                   " frames (limit); send a shorter one"};
  }
  messageBytes_ += payloadLeft_;
  return std::nullopt;
}

}  // namespace pi::scheduler::http
