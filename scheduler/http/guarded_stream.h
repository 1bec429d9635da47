// The stream of bytes between a socket and kj-http's server: it holds the limits that the server
// does not have.
#pragma once

#include <kj/async-io.h>

#include <string>

#include "scheduler/http/head_meter.h"

namespace pi::scheduler::http {

// A head that is too long gets the answer 431 from here, and the reading of it fails.
class GuardedStream final : public kj::AsyncIoStream {
 public:
  // `refusal`: the bytes of the answer 431.
  GuardedStream(kj::Own<kj::AsyncIoStream> inner, std::string refusal)
      : inner_(kj::mv(inner)), refusal_(std::move(refusal)) {}

  // The head is complete, and the request is handled: nothing is measured until endRequest().
  void beginRequest() { isMeasuring_ = false; }
  void endRequest();
  // Reads as if the peer had ended its output.
  void endInput() { isInputOver_ = true; }

  kj::Promise<std::size_t> tryRead(void* buffer, std::size_t bytesMin,
                                   std::size_t bytesMax) override;
  kj::Promise<void> write(const void* buffer, std::size_t size) override;
  kj::Promise<void> write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override;
  kj::Promise<void> whenWriteDisconnected() override { return inner_->whenWriteDisconnected(); }
  void shutdownWrite() override { inner_->shutdownWrite(); }
  void abortRead() override { inner_->abortRead(); }

 private:
  kj::Promise<std::size_t> refuse();

  kj::Own<kj::AsyncIoStream> inner_;
  const std::string refusal_;
  HeadMeter meter_;
  bool isMeasuring_ = true;
  bool isInputOver_ = false;
};

}  // namespace pi::scheduler::http
