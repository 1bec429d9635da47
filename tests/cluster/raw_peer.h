// A peer that sends RPC messages made by hand.  It can send messages that no correct program would
// send, and it reads only when the test says so.
#pragma once

#include <capnp/message.h>
#include <capnp/rpc.capnp.h>
#include <proto/pi.capnp.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "common/net/loop/kj_loop.h"
#include "common/net/transport/dial.h"

namespace pi::cluster {

// Connects to the scheduler of a connection file, with the key of a role.
kj::Own<net::MessageSocket> callAs(net::KjLoop& loop, Role role,
                                   const std::filesystem::path& connectionFile);

class RawPeer {
 public:
  // Requests the bootstrap; this is question 0.
  RawPeer(net::KjLoop& loop, kj::Own<net::MessageSocket> socket);

  using Fill = std::function<void(capnp::AnyPointer::Builder)>;
  // Calls the capability that is the first pointer in the answer to an earlier question.  Returns
  // the number of the new question.
  std::uint32_t call(
      std::uint32_t target, std::uint64_t interface, std::uint16_t method,
      const Fill& params = [](capnp::AnyPointer::Builder) {});
  // Returns the number of the question whose answer has the desk.
  std::uint32_t enterAsClient();
  void finish(std::uint32_t question);
  void send(capnp::MessageBuilder& message);
  // Sends a message of this many zero words.
  void sendZeros(std::size_t words);

  // The next message from the scheduler; null if it has closed the connection.
  kj::Maybe<kj::Own<capnp::MessageReader>> next();
  // Reads to the end of the connection.  Returns the reason in the scheduler's abort message; empty
  // if there was none.
  std::string lastWords();

 private:
  net::KjLoop& loop_;
  kj::Own<net::MessageSocket> socket_;
  std::uint32_t questions_ = 0;
};

}  // namespace pi::cluster
