#include "scheduler/http/guarded_stream.h"

#include <kj/debug.h>

#include <span>

namespace pi::scheduler::http {

void GuardedStream::endRequest() {
  isMeasuring_ = true;
  meter_.restart();
}

kj::Promise<std::size_t> GuardedStream::tryRead(void* buffer, std::size_t bytesMin,
                                                std::size_t bytesMax) {
  if (isInputOver_) return std::size_t{0};
  return inner_->tryRead(buffer, bytesMin, bytesMax)
      .then([this, buffer](std::size_t count) -> kj::Promise<std::size_t> {
        if (isInputOver_) return std::size_t{0};
        if (!isMeasuring_) return count;
        meter_.add(std::span(static_cast<const std::byte*>(buffer), count));
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

kj::Promise<void> GuardedStream::write(const void* buffer, std::size_t size) {
  return inner_->write(buffer, size);
}

kj::Promise<void> GuardedStream::write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) {
  return inner_->write(pieces);
}

}  // namespace pi::scheduler::http
