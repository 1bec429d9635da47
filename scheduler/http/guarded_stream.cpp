#include "scheduler/http/guarded_stream.h"

#include <kj/debug.h>

#include <span>

#include "common/net/loop/clock.h"

namespace pi::scheduler::http {

void GuardedStream::endRequest() {
  phase_ = Phase::kHead;
  meter_.restart();
}

kj::Promise<std::size_t> GuardedStream::tryRead(void* buffer, std::size_t bytesMin,
                                                std::size_t bytesMax) {
  if (isInputOver_) return std::size_t{0};
  return inner_->tryRead(buffer, bytesMin, bytesMax)
      .then([this, buffer](std::size_t count) -> kj::Promise<std::size_t> {
        if (isInputOver_) return std::size_t{0};
        std::span received(static_cast<const std::byte*>(buffer), count);
        if (phase_ == Phase::kFrames) measureFrames(received);
        if (phase_ != Phase::kHead) return count;
        meter_.add(received);
        if (meter_.isWithinLimits()) return count;
        return refuse();
      });
}

// No answer is under way: kj-http reads a head only when the last answer has left.
kj::Promise<std::size_t> GuardedStream::refuse() {
  return inner_->write(refusal_.data(), refusal_.size()).then([]() -> std::size_t {
    kj::throwFatalException(KJ_EXCEPTION(DISCONNECTED, "the head of the request is too long"));
  });
}

void GuardedStream::measureFrames(std::span<const std::byte> received) {
  std::uint64_t before = frames_.frames();
  wrongFrame_ = frames_.add(received);
  for (std::uint64_t i = before; i < frames_.frames() && !wrongFrame_; ++i) {
    if (frameRate_.allows(net::now())) continue;
    wrongFrame_ = {kWrongMessage, "too many messages in a short time (limit); send fewer"};
  }
  if (wrongFrame_) kj::throwFatalException(KJ_EXCEPTION(FAILED, "a wrong frame"));
}

kj::Promise<void> GuardedStream::write(const void* buffer, std::size_t size) {
  return inner_->write(buffer, size);
}

kj::Promise<void> GuardedStream::write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) {
  return inner_->write(pieces);
}

}  // namespace pi::scheduler::http
