#include "common/net/transport/buffered_socket.h"

#include <kj/debug.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/error.hpp>
#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "common/net/transport/connect_error.h"

namespace pi::net {
namespace {

constexpr std::size_t kInputBytes = std::size_t{16} << 10;
// Not in SECURITY.md: the room for one read.
constexpr std::size_t kReadBytesMin = std::size_t{4} << 10;
// Not in SECURITY.md: a larger buffer is freed once it is empty.
constexpr std::size_t kIdleOutputBytesMax = std::size_t{16} << 10;

void clear(std::vector<std::byte>& bytes) {
  if (bytes.capacity() > kIdleOutputBytesMax) std::vector<std::byte>().swap(bytes);
  bytes.clear();
}

}  // namespace

BufferedSocket::BufferedSocket(KjLoop& loop, std::string peer, const StreamLimits& limits,
                               Role role)
    : loop_(loop),
      peer_(std::move(peer)),
      limits_(limits),
      role_(role),
      closeDeadline_(loop.io()) {}

BufferedSocket::~BufferedSocket() {
  if (limits_.budget != nullptr) limits_.budget->bytes -= budgeted_;
}

// Must be called whenever a buffer has changed its size.
bool BufferedSocket::isWithinBudget() {
  if (limits_.budget == nullptr) return true;
  BufferBudget& budget = *limits_.budget;
  std::size_t held = heldBytes();
  std::size_t beyond = held - std::min(held, kBufferShareBytes);
  budget.bytes = budget.bytes - budgeted_ + beyond;
  budgeted_ = beyond;
  return beyond == 0 || budget.bytes <= budget.bytesMax;
}

std::size_t BufferedSocket::heldBytes() const {
  return inputCapacity_ + output_.capacity() + sending_.capacity() + heldBelow();
}

std::span<const std::byte> BufferedSocket::input() const {
  return {input_.get() + inputBegin_, inputFilled_ - inputBegin_};
}

void BufferedSocket::consume(std::size_t bytes) {
  PI_CHECK(bytes <= inputFilled_ - inputBegin_);
  inputBegin_ += bytes;
}

void BufferedSocket::awaitInput(Reader& reader) {
  PI_CHECK(reader_ == nullptr);
  reader_ = &reader;
  read();
}

void BufferedSocket::forget(Reader& reader) {
  if (reader_ == &reader) reader_ = nullptr;
}

void BufferedSocket::discardInput() {
  discarding_ = true;
  inputBegin_ = inputFilled_;
  read();
  tellReader();
}

bool BufferedSocket::isTaken() {
  int bytes = 0;
  return unsentBytes() == 0 && ::ioctl(descriptor(), TIOCOUTQ, &bytes) == 0 && bytes == 0;
}

void BufferedSocket::awaitRoom(Writer& writer) {
  PI_CHECK(writer_ == nullptr);
  writer_ = &writer;
}

void BufferedSocket::forget(Writer& writer) {
  if (writer_ == &writer) writer_ = nullptr;
}

void BufferedSocket::awaitHangUp(HangUpListener& listener) {
  PI_CHECK(hangUpListener_ == nullptr);
  hangUpListener_ = &listener;
  if (closed_) {
    tellHangUp();
  } else if (!std::exchange(waitingForHangUp_, true)) {
    startHangUpWait();
  }
}

void BufferedSocket::forget(HangUpListener& listener) {
  if (hangUpListener_ == &listener) hangUpListener_ = nullptr;
}

// Urgent data of the peer ends the wait, too.  It is not waited for again then, since it would end
// at once: a peer must not keep the loop busy.
void BufferedSocket::onHangUp(std::error_code error, int socket) {
  waitingForHangUp_ = false;
  if (error || closed_) return;
  pollfd state{.fd = socket, .events = 0, .revents = 0};
  bool hasHungUp = ::poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLHUP)) != 0;
  if (hasHungUp) tellHangUp();
}

void BufferedSocket::tellHangUp() {
  if (hangUpListener_ != nullptr) std::exchange(hangUpListener_, nullptr)->onHangUp();
}

void BufferedSocket::read() {
  if (reading_ || inputEnded_ || closed_) return;
  makeRoom();
  if (!isWithinBudget()) {
    fail(disconnected("cut off " + peer_ + ", which sends too much while others do, too"));
    return;
  }
  reading_ = true;
  startRead({input_.get() + inputFilled_, inputCapacity_ - inputFilled_});
}

// The buffer grows only as input arrives, so a peer that only announces a large message costs
// nothing.
void BufferedSocket::makeRoom() {
  std::size_t held = inputFilled_ - inputBegin_;
  std::size_t capacity = inputCapacity_;
  if (held == 0) {
    capacity = kInputBytes;
  } else if (inputCapacity_ - held < kReadBytesMin) {
    capacity = 2 * inputCapacity_;
  } else if (inputCapacity_ - inputFilled_ >= kReadBytesMin) {
    return;
  }
  if (capacity != inputCapacity_) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (held != 0) std::memcpy(larger.get(), input_.get() + inputBegin_, held);
    input_ = std::move(larger);
    inputCapacity_ = capacity;
  } else if (held != 0) {
    std::memmove(input_.get(), input_.get() + inputBegin_, held);
  }
  inputBegin_ = 0;
  inputFilled_ = held;
}

void BufferedSocket::onRead(std::error_code error, std::size_t bytes) {
  reading_ = false;
  if (closed_) return;
  if (error == asio::error::eof) {
    inputEnded_ = true;
  } else if (error) {
    failWith(error);
    return;
  } else {
    inputFilled_ += bytes;
  }
  if (!closing_ && !discarding_) {
    tellReader();
    return;
  }
  inputBegin_ = inputFilled_;
  if (!inputEnded_) {
    read();
  } else if (closing_ && endSent_) {
    closeNow();
  }
}

void BufferedSocket::tellReader() {
  if (reader_ != nullptr) std::exchange(reader_, nullptr)->onInput();
}

void BufferedSocket::tellWriter() {
  if (writer_ != nullptr) std::exchange(writer_, nullptr)->onRoom();
}

void BufferedSocket::write(std::span<const std::byte> bytes) {
  if (closed_ || ending_) return;
  std::size_t unsent = unsentBytes();
  if (bytes.size() > limits_.outputBytesMax - std::min(unsent, limits_.outputBytesMax)) {
    fail(disconnected("cut off " + peer_ + ", which does not read what it is sent"));
    return;
  }
  output_.insert(output_.end(), bytes.begin(), bytes.end());
  if (!isWithinBudget()) {
    fail(disconnected("cut off " + peer_ + ", which does not read what it is sent, like others"));
    return;
  }
  if (dirty_) return;
  dirty_ = true;
  loop_.flushBeforeSleep(shared_from_this());
}

void BufferedSocket::flush() {
  dirty_ = false;
  if (closed_ || writing_) return;
  send();
  tellWriter();
}

void BufferedSocket::send() {
  sending_.swap(output_);
  sent_ = 0;
  if (!sending_.empty()) {
    std::error_code error;
    sent_ = writeNow(sending_, error);
    if (error && error != asio::error::would_block) {
      failWith(error);
      return;
    }
  }
  finishSending();
}

void BufferedSocket::finishSending() {
  if (sent_ < sending_.size()) {
    writing_ = true;
    startWrite(std::span(sending_).subspan(sent_));
    isWithinBudget();
    return;
  }
  clear(sending_);
  sent_ = 0;
  isWithinBudget();
  if (!output_.empty()) {
    send();  // Recursion ends here: output_ is empty now.
    return;
  }
  tellFlushed();
  if (ending_ && !endSent_) {
    endSent_ = true;
    endSocketOutput();
    if (closing_ && inputEnded_) closeNow();
  }
}

void BufferedSocket::onWritten(std::error_code error, std::size_t bytes) {
  writing_ = false;
  if (closed_) return;
  if (error) {
    failWith(error);
    return;
  }
  sent_ += bytes;
  finishSending();
  tellWriter();
}

kj::Promise<void> BufferedSocket::whenFlushed() {
  if (!closed_ && !writing_) send();
  if (closed_ || (!writing_ && output_.empty())) return kj::READY_NOW;
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
  flushWaiters_.push_back(kj::mv(fulfiller));
  return kj::mv(promise);
}

void BufferedSocket::tellFlushed() {
  for (auto& waiter : std::exchange(flushWaiters_, {})) waiter->fulfill();
}

void BufferedSocket::endOutput() {
  ending_ = true;
  flush();
}

// If a socket is closed with input unread, the kernel resets the connection and the peer may lose
// the last output.  So we wait until the peer ends its own output.
void BufferedSocket::close() {
  if (closed_ || closing_) return;
  closing_ = true;
  endOutput();
  if (endSent_ && inputEnded_) closeNow();
  if (!closed_) {
    closeDeadline_.expires_after(limits_.closeGrace);
    closeDeadline_.async_wait([this, self = shared_from_this()](std::error_code error) {
      if (!error) closeNow();
    });
    inputBegin_ = inputFilled_;
    read();
  }
  tellReader();
  tellWriter();
}

void BufferedSocket::failWith(std::error_code error) {
  fail(disconnected("lost the connection to " + peer_ + ": " + error.message()));
}

void BufferedSocket::refuseInput(kj::Exception&& reason) {
  if (failure_ == nullptr) failure_ = std::make_unique<kj::Exception>(kj::mv(reason));
}

void BufferedSocket::fail(kj::Exception&& reason) {
  if (closed_) return;
  refuseInput(kj::mv(reason));
  clear(output_);
  closeNow();
  tellReader();
  tellWriter();
}

void BufferedSocket::closeNow() {
  if (std::exchange(closed_, true)) return;
  closeSocket();
  closeDeadline_.cancel();
  tellFlushed();
  guest_.reset();
  tellHangUp();
}

namespace {

template <typename Socket>
class BufferedSocketOver final : public BufferedSocket {
 public:
  BufferedSocketOver(KjLoop& loop, Socket socket, std::string peer, const StreamLimits& limits)
      : BufferedSocket(loop, std::move(peer), limits), socket_(std::move(socket)) {
    std::error_code ignored;  // If the socket is broken, its first read fails.
    socket_.non_blocking(true, ignored);
  }

 private:
  int descriptor() override { return socket_.native_handle(); }
  void startHangUpWait() override {
    socket_.async_wait(Socket::wait_error,
                       [this, self = shared_from_this()](std::error_code error) {
                         onHangUp(error, socket_.native_handle());
                       });
  }
  void startRead(std::span<std::byte> into) override {
    socket_.async_read_some(
        asio::buffer(into.data(), into.size()),
        [this, self = shared_from_this()](std::error_code error, std::size_t bytes) {
          onRead(error, bytes);
        });
  }
  void startWrite(std::span<const std::byte> from) override {
    socket_.async_write_some(
        asio::buffer(from.data(), from.size()),
        [this, self = shared_from_this()](std::error_code error, std::size_t bytes) {
          onWritten(error, bytes);
        });
  }
  std::size_t writeNow(std::span<const std::byte> from, std::error_code& error) override {
    return socket_.write_some(asio::buffer(from.data(), from.size()), error);
  }
  void endSocketOutput() override {
    std::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }
  void closeSocket() override {
    std::error_code ignored;
    socket_.close(ignored);
  }

  Socket socket_;
};

int inSeconds(Duration duration) { return static_cast<int>(duration / std::chrono::seconds(1)); }

void setOption(int socket, int level, int option, int value) {
  // If the socket is broken, its first read fails.
  static_cast<void>(::setsockopt(socket, level, option, &value, sizeof(value)));
}

}  // namespace

// A peer that is gone is detected by the user timeout while output is under way, and by keep-alive
// otherwise.
void tune(asio::ip::tcp::socket& tcp) {
  int socket = tcp.native_handle();
  setOption(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  setOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  setOption(socket, IPPROTO_TCP, TCP_KEEPIDLE, inSeconds(kKeepAliveIdle));
  setOption(socket, IPPROTO_TCP, TCP_KEEPINTVL, inSeconds(kKeepAliveInterval));
  setOption(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  setOption(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000 * inSeconds(kSilentNetworkMax));
}

std::string peerText(const asio::ip::tcp::socket& socket) {
  std::error_code error;
  auto endpoint = socket.remote_endpoint(error);
  return error ? "a peer that is gone" : toText(endpoint);
}

std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop, asio::ip::tcp::socket socket,
                                               const StreamLimits& limits) {
  tune(socket);
  std::string peer = peerText(socket);
  return std::make_shared<BufferedSocketOver<asio::ip::tcp::socket>>(loop, std::move(socket),
                                                                     std::move(peer), limits);
}

std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop,
                                               asio::local::stream_protocol::socket socket,
                                               const StreamLimits& limits) {
  return std::make_shared<BufferedSocketOver<asio::local::stream_protocol::socket>>(
      loop, std::move(socket), "this process", limits);
}

std::string toText(const asio::ip::tcp::endpoint& endpoint) {
  std::string address = endpoint.address().to_string();
  if (endpoint.address().is_v6()) address = "[" + address + "]";
  return address + ":" + std::to_string(endpoint.port());
}

}  // namespace pi::net
