// The stream of bytes between a socket and kj-http's server: it holds the limits that the server
// does not have.
#pragma once

#include <kj/async-io.h>

#include <optional>
#include <string>

#include "common/base/rate_limit.h"
#include "scheduler/http/frame_meter.h"
#include "scheduler/http/head_meter.h"
#include "scheduler/http/limits.h"

namespace pi::scheduler::http {

// A head that is too long gets the answer 431 from here, and the reading of it fails.
class GuardedStream final : public kj::AsyncIoStream {
 public:
  // `refusal`: the bytes of the answer 431.
  GuardedStream(kj::Own<kj::AsyncIoStream> inner, std::string refusal)
      : inner_(kj::mv(inner)), refusal_(std::move(refusal)) {}

  // The head is complete, and the request is handled: nothing is measured until endRequest().
  void beginRequest() { phase_ = Phase::kRequest; }
  void endRequest();
  // Reads as if the peer had ended its output.
  void endInput() { isInputOver_ = true; }

  // Whether the last byte that was read is the last one of a head.
  bool endsWithHead() const { return meter_.endsWithHead(); }
  // From now on the peer sends frames of a WebSocket.  If one is wrong, reading fails.
  void beginFrames() { phase_ = Phase::kFrames; }
  const std::optional<SocketEnd>& wrongFrame() const { return wrongFrame_; }

  kj::Promise<std::size_t> tryRead(void* buffer, std::size_t bytesMin,
                                   std::size_t bytesMax) override;
  kj::Promise<void> write(const void* buffer, std::size_t size) override;
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override;
  kj::Promise<void> whenWriteDisconnected() override { return inner_->whenWriteDisconnected(); }
  void shutdownWrite() override { inner_->shutdownWrite(); }
  void abortRead() override { inner_->abortRead(); }

 private:
  enum class Phase { kHead, kRequest, kFrames };

  kj::Promise<std::size_t> refuse();
  void measureFrames(std::span<const std::byte> received);

  kj::Own<kj::AsyncIoStream> inner_;
  const std::string refusal_;
  HeadMeter meter_;
  FrameMeter frames_;
  RateLimit frameRate_{kLiveFramesInMax, kLiveFramesInPeriod};
  std::optional<SocketEnd> wrongFrame_;
  Phase phase_ = Phase::kHead;
  bool isInputOver_ = false;
};

}  // namespace pi::scheduler::http
