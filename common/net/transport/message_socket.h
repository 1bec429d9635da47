// Cap'n Proto messages over a buffered socket.
#pragma once

#include <capnp/serialize-async.h>

#include <memory>
#include <optional>
#include <string>

#include "common/net/transport/buffered_socket.h"

namespace pi::net {

// Parses messages in the buffer that they were read into.  A write takes its bytes at once and
// never waits.  A peer that sends a bad header, or does not read, is cut off.
class MessageSocket final : public capnp::MessageStream {
 public:
  explicit MessageSocket(std::shared_ptr<BufferedSocket> socket);
  // Closes the socket; output still leaves, within closeGrace.
  ~MessageSocket() noexcept(false);
  KJ_DISALLOW_COPY(MessageSocket);

  const std::string& peer() const { return socket_->peer(); }
  Role role() const { return socket_->role(); }  // The peer's role by its key.
  const StreamLimits& limits() const { return socket_->limits(); }

  // Why the connection failed, for people; nullopt if it did not.
  std::optional<std::string> failure() const;

  // Resolves once all messages so far are handed to the kernel, or the connection has failed.
  kj::Promise<void> flush() { return socket_->whenFlushed(); }

  // Ends reading as if the peer had ended; output still leaves.
  void close() { socket_->close(); }

  // Null when the peer has ended its output; DISCONNECTED if that is in the middle of a message.
  // Dropping the promise loses nothing: call this again.
  kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>> tryReadMessage(
      kj::ArrayPtr<kj::AutoCloseFd> fdSpace, capnp::ReaderOptions options,
      kj::ArrayPtr<capnp::word> scratchSpace) override;
  // Like writeMessage, for a caller that learns of a failure by reading.
  void send(kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments);
  kj::Promise<void> writeMessage(
      kj::ArrayPtr<const int> fds,
      kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override;
  kj::Promise<void> writeMessages(
      kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>> messages) override;
  // Null: the RPC system would use the size as the window of `-> stream` calls, and fill it with
  // outdated ones.
  kj::Maybe<int> getSendBufferSize() override { return nullptr; }
  kj::Promise<void> end() override;

  using capnp::MessageStream::tryReadMessage;
  using capnp::MessageStream::writeMessage;
  using capnp::MessageStream::writeMessages;

 private:
  std::shared_ptr<BufferedSocket> socket_;
};

}  // namespace pi::net
