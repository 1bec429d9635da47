// A socket that reads ahead into its own buffer and collects writes until the loop sleeps.
#pragma once

#include <kj/async.h>
#include <kj/exception.h>

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "common/model/access.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/transport/limits.h"

namespace pi::net {

// The buffers of several sockets beyond their shares (kBufferShareBytes each), in bytes.
struct BufferBudget {
  std::size_t bytesMax = 0;
  std::size_t bytes = 0;
};

struct StreamLimits {
  std::size_t outputBytesMax = kOutputBytesMax;
  std::uint64_t messageWordsMax = kMessageWordsMax;  // Incoming; words of 8 bytes.
  Duration closeGrace = kCloseGrace;
  // When it is used up, a socket that needs more than its share is closed.  Null: no budget.
  std::shared_ptr<BufferBudget> budget{};
};

// Neither the kernel nor Asio ever holds a buffer that KJ owns, so a promise may be dropped at any
// time.  The socket is shared with Asio's handlers, which may outlive its user.
class BufferedSocket : public Flushable, public std::enable_shared_from_this<BufferedSocket> {
 public:
  // Is told once when there is more input, its end, or a failure.
  class Reader {
   public:
    virtual void onInput() = 0;

   protected:
    ~Reader() = default;
  };

  // Is told once when output has left, or the socket is not writable any longer.
  class Writer {
   public:
    virtual void onRoom() = 0;

   protected:
    ~Writer() = default;
  };

  // Is told once when the connection is reset or closed in both directions.
  class HangUpListener {
   public:
    virtual void onHangUp() = 0;

   protected:
    ~HangUpListener() = default;
  };

  BufferedSocket(KjLoop& loop, std::string peer, const StreamLimits& limits,
                 Role role = Role::kAnyone);
  BufferedSocket(const BufferedSocket&) = delete;
  BufferedSocket& operator=(const BufferedSocket&) = delete;
  virtual ~BufferedSocket();

  const std::string& peer() const { return peer_; }  // The peer's address, for people.
  Role role() const { return role_; }                // The peer's role by its key.
  const StreamLimits& limits() const { return limits_; }

  // The bytes that were read and not consumed.
  std::span<const std::byte> input() const;
  void consume(std::size_t bytes);
  // Calls `reader` once when there is more.  There is one reader at a time; call forget() before it
  // is destroyed.
  void awaitInput(Reader& reader);
  void forget(Reader& reader);
  // Drops the input that was read, and all that follows.
  void discardInput();
  // True if no more input will come: the peer has ended it, or we discard it.
  bool inputEnded() const { return inputEnded_ || closing_ || discarding_; }
  bool isClosing() const { return closing_; }
  // The memory of all its buffers, in bytes.
  std::size_t heldBytes() const;
  // Why the socket has failed; null if it has not.
  const kj::Exception* failure() const { return failure_.get(); }

  // Takes the bytes at once and never waits.  If the peer leaves more than outputBytesMax unread,
  // the socket fails.
  void write(std::span<const std::byte> bytes);
  // Resolves once all output so far is handed to the kernel, or the socket is closed.
  kj::Promise<void> whenFlushed();
  // False once write() would do nothing: after the end of the output, or a failure.
  bool isWritable() const { return !closed_ && !ending_; }
  // The bytes that were written and have not left.
  std::size_t unsentBytes() const { return output_.size() + (sending_.size() - sent_); }
  // Whether the peer's machine has all output so far.
  bool isTaken();
  // Calls `writer` once when there are fewer unsent bytes.  There is one writer at a time; call
  // forget() before it is destroyed.
  void awaitRoom(Writer& writer);
  void forget(Writer& writer);
  // Ends the output after the bytes that were written.
  void endOutput();
  // Sends the rest of the output, waits until the peer ends its own, and closes the socket; all
  // within the grace.
  void close();
  // Makes reading fail with this reason; output still leaves.
  void refuseInput(kj::Exception&& reason);
  // Closes the socket at once and drops its output.
  void fail(kj::Exception&& reason);
  // Calls `listener` once when the connection is reset or closed in both directions.  There is one
  // listener at a time; call forget() before it is destroyed.
  void awaitHangUp(HangUpListener& listener);
  void forget(HangUpListener& listener);
  // Keeps `guest` as long as the socket is open.
  void keep(std::shared_ptr<void> guest) { guest_ = std::move(guest); }

  void flush() override;

 protected:
  // These differ between TCP, TLS and local sockets.  After a start, onRead(), onWritten() or
  // onHangUp() is called once, later.
  virtual void startRead(std::span<std::byte> into) = 0;
  virtual void startWrite(std::span<const std::byte> from) = 0;
  virtual void startHangUpWait() = 0;
  // Writes as much as possible without blocking; returns how much.
  virtual std::size_t writeNow(std::span<const std::byte> from, std::error_code& error) = 0;
  virtual int descriptor() = 0;
  virtual void endSocketOutput() = 0;
  virtual void closeSocket() = 0;
  // The memory of buffers besides those of this class, in bytes.
  virtual std::size_t heldBelow() const { return 0; }

  void onRead(std::error_code error, std::size_t bytes);
  void onWritten(std::error_code error, std::size_t bytes);
  // `socket`: the descriptor to look at.
  void onHangUp(std::error_code error, int socket);

 private:
  void read();
  void makeRoom();
  void send();
  void finishSending();
  void tellReader();
  void tellWriter();
  void tellHangUp();
  bool isWithinBudget();
  void failWith(std::error_code error);
  void closeNow();
  void tellFlushed();

  KjLoop& loop_;
  const std::string peer_;
  const StreamLimits limits_;
  const Role role_;

  std::unique_ptr<std::byte[]> input_;
  std::size_t inputCapacity_ = 0;
  std::size_t inputBegin_ = 0;
  std::size_t inputFilled_ = 0;
  Reader* reader_ = nullptr;
  bool reading_ = false;  // Asio holds the rest of input_.
  bool inputEnded_ = false;
  bool discarding_ = false;  // Input is read and dropped.

  std::vector<std::byte> output_;
  std::vector<std::byte> sending_;
  std::size_t sent_ = 0;  // This many bytes of sending_ have left.
  Writer* writer_ = nullptr;
  bool writing_ = false;  // Asio holds the rest of sending_.
  bool dirty_ = false;    // The loop will call flush().
  std::vector<kj::Own<kj::PromiseFulfiller<void>>> flushWaiters_;
  bool ending_ = false;  // The output ends after output_.
  bool endSent_ = false;

  bool closing_ = false;
  bool closed_ = false;
  asio::steady_timer closeDeadline_;
  HangUpListener* hangUpListener_ = nullptr;
  bool waitingForHangUp_ = false;  // Asio waits for it.
  std::unique_ptr<kj::Exception> failure_;
  std::shared_ptr<void> guest_;
  std::size_t budgeted_ = 0;  // Bytes beyond our share that count against the budget.
};

// Takes a connected socket.
std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop, asio::ip::tcp::socket socket,
                                               const StreamLimits& limits = {});
std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop,
                                               asio::local::stream_protocol::socket socket,
                                               const StreamLimits& limits = {});

// "10.0.0.1:8786" or "[fe80::1]:8786".
std::string toText(const asio::ip::tcp::endpoint& endpoint);

// The address of the peer of a connected socket.
std::string peerText(const asio::ip::tcp::socket& socket);

// Makes a connected socket send at once, and detect a peer that is gone.
void tune(asio::ip::tcp::socket& socket);

}  // namespace pi::net
