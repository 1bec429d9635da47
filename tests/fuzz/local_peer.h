// A peer at the other end of a local socket, for fuzz targets that feed bytes to a connection.
#pragma once

#include <kj/async.h>
#include <spdlog/spdlog.h>

#include <array>
#include <asio/local/stream_protocol.hpp>
#include <asio/write.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "common/net/loop/kj_loop.h"

namespace pi::fuzz {

using Local = asio::local::stream_protocol;

// The loop's own threads and files are made once.
inline net::KjLoop& loop() {
  static net::KjLoop loop;
  spdlog::set_level(spdlog::level::off);
  return loop;
}

// Writes its bytes, ends its output, and reads all answers until the other side ends, too.
class LocalPeer {
 public:
  explicit LocalPeer(Local::socket socket) : socket_(std::move(socket)) {
    auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
    ended_ = kj::mv(promise);
    fulfiller_ = kj::mv(fulfiller);
  }

  // Before say(): writes, and waits until the first bytes of an answer are there.
  void ask(const std::string& text) {
    asio::error_code ignored;
    asio::write(socket_, asio::buffer(text), ignored);
    read();
    while (heard_.empty()) loop().timer().afterDelay(1 * kj::MICROSECONDS).wait(loop().waitScope());
  }
  void say(std::span<const std::uint8_t> bytes) {
    asio::error_code ignored;
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
    socket_.shutdown(Local::socket::shutdown_send, ignored);
    if (heard_.empty()) read();
  }
  // Without it asio would still have the buffer.
  void awaitEnd() { ended_.wait(loop().waitScope()); }
  // The answers.
  const std::string& heard() const { return heard_; }

 private:
  void read() {
    auto hear = [this](asio::error_code error, std::size_t count) {
      heard_.append(piece_.data(), count);
      if (error) return fulfiller_->fulfill();
      read();
    };
    socket_.async_read_some(asio::buffer(piece_), hear);
  }

  Local::socket socket_;
  std::array<char, 4096> piece_{};
  std::string heard_;
  kj::Promise<void> ended_ = nullptr;
  kj::Own<kj::PromiseFulfiller<void>> fulfiller_;
};

}  // namespace pi::fuzz
