// A socket that reads ahead into its own buffer and gathers writes until the loop sleeps.
#pragma once

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

namespace pi::net {

// What every socket may have in its buffers, whatever the others have.  One that idles keeps less.
inline constexpr std::size_t kBufferShareBytes = std::size_t{128} << 10;

// What several sockets may have beyond their shares all together.
struct BufferBudget {
  std::size_t bytesMax = 0;
  std::size_t bytes = 0;
};

struct StreamLimits {
  std::size_t outputBytesMax = std::size_t{64} << 20;  // A peer that leaves more unread is cut off.
  std::uint64_t messageWordsMax = std::uint64_t{1} << 20;  // Of 8 bytes; incoming.
  Duration closeGrace = std::chrono::seconds(5);  // For the last output, and for the peer's end.
  // Once it is used up, whoever wants more than its share is cut off.  Null: none.
  std::shared_ptr<BufferBudget> budget{};
};

// Neither the kernel nor Asio ever holds a buffer that KJ owns, so that a promise may be dropped at
// any time.  Shared by whoever uses it and Asio's handlers, which may outlive that user.
class BufferedSocket : public Flushable, public std::enable_shared_from_this<BufferedSocket> {
 public:
  // Waits for input.
  class Reader {
   public:
    // There is more input, or its end, or a failure.
    virtual void onInput() = 0;

   protected:
    ~Reader() = default;
  };

  BufferedSocket(KjLoop& loop, std::string peer, const StreamLimits& limits,
                 Role role = Role::kAnyone);
  BufferedSocket(const BufferedSocket&) = delete;
  BufferedSocket& operator=(const BufferedSocket&) = delete;
  virtual ~BufferedSocket();

  const std::string& peer() const { return peer_; }  // Its address, for people.
  Role role() const { return role_; }                // What the peer may be.
  const StreamLimits& limits() const { return limits_; }

  // What was read and not consumed.
  std::span<const std::byte> input() const;
  void consume(std::size_t bytes);
  // Tells `reader`, once, when there is more.  It must be forgotten before it dies.
  void awaitInput(Reader& reader);
  void forget(Reader& reader);
  // No more input will come: the peer has ended it, or we are closing.
  bool inputEnded() const { return inputEnded_ || closing_; }
  bool isClosing() const { return closing_; }
  // What all its buffers have room for.
  std::size_t heldBytes() const;
  // Why the socket was given up; null while it lives.
  const kj::Exception* failure() const { return failure_.get(); }

  // Takes the bytes at once and never waits.  Fails the socket when the peer leaves too much
  // unread.
  void write(std::span<const std::byte> bytes);
  // Tells the peer that nothing follows once all output is gone.
  void endOutput();
  // Sends what is left, waits for the peer to end too, and closes; all within the grace.
  void close();
  // Reads nothing more, for this reason; what is written still leaves.
  void refuseInput(kj::Exception&& reason);
  // Gives the socket up at once, with its output.
  void fail(kj::Exception&& reason);
  // Keeps `guest` as long as the socket is open.
  void keep(std::shared_ptr<void> guest) { guest_ = std::move(guest); }

  void flush() override;

 protected:
  // What differs from one kind of socket to another.  Each start is answered, later, by one call.
  virtual void startRead(std::span<std::byte> into) = 0;
  virtual void startWrite(std::span<const std::byte> from) = 0;
  // Writes what fits without blocking; how much.
  virtual std::size_t writeNow(std::span<const std::byte> from, std::error_code& error) = 0;
  virtual void endSocketOutput() = 0;
  virtual void closeSocket() = 0;
  // What there is in buffers besides those of this class.
  virtual std::size_t heldBelow() const { return 0; }

  void onRead(std::error_code error, std::size_t bytes);
  void onWritten(std::error_code error, std::size_t bytes);

 private:
  void read();
  void makeRoom();
  void send();
  void finishSending();
  void tellReader();
  bool isWithinBudget();
  void failWith(std::error_code error);
  void closeNow();

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

  std::vector<std::byte> output_;
  std::vector<std::byte> sending_;
  std::size_t sent_ = 0;  // Of sending_.
  bool writing_ = false;  // Asio holds the rest of sending_.
  bool dirty_ = false;    // The loop will call flush().
  bool ending_ = false;   // Nothing follows what is in output_.
  bool endSent_ = false;

  bool closing_ = false;
  bool closed_ = false;
  asio::steady_timer closeDeadline_;
  std::unique_ptr<kj::Exception> failure_;
  std::shared_ptr<void> guest_;
  std::size_t budgeted_ = 0;  // What we have of the budget, beyond our share.
};

// Takes a connected socket.
std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop, asio::ip::tcp::socket socket,
                                               const StreamLimits& limits = {});
std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop,
                                               asio::local::stream_protocol::socket socket,
                                               const StreamLimits& limits = {});

// "10.0.0.1:8786" or "[fe80::1]:8786".
std::string toText(const asio::ip::tcp::endpoint& endpoint);

// The same of whom a socket is connected to.
std::string peerText(const asio::ip::tcp::socket& socket);

// Makes a connected socket send at once, and find out about a peer that is gone.
void tune(asio::ip::tcp::socket& socket);

}  // namespace pi::net
