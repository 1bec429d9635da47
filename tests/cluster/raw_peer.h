// A peer that speaks the RPC protocol by hand, to say what no honest one would, and to read only
// when it wants to.
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

// Calls the scheduler of a connection file, and shows that role's key.
kj::Own<net::MessageSocket> callAs(net::KjLoop& loop, Role role,
                                   const std::filesystem::path& connectionFile);

class RawPeer {
 public:
  // Asks for the bootstrap, which is question 0.
  RawPeer(net::KjLoop& loop, kj::Own<net::MessageSocket> socket);

  using Fill = std::function<void(capnp::AnyPointer::Builder)>;
  // Calls the capability that is the first pointer in the answer to an earlier question; returns
  // the number of this one.
  std::uint32_t call(
      std::uint32_t target, std::uint64_t interface, std::uint16_t method,
      const Fill& params = [](capnp::AnyPointer::Builder) {});
  // The desk, as the answer to a question.
  std::uint32_t enterAsClient();
  void finish(std::uint32_t question);
  void send(capnp::MessageBuilder& message);
  // One message of so many words, with nothing in it.
  void sendZeros(std::size_t words);

  // What the scheduler says next; null once it has hung up.
  kj::Maybe<kj::Own<capnp::MessageReader>> next();
  // Reads all that is to be read: the scheduler's last words, empty if it went without any.
  std::string lastWords();

 private:
  net::KjLoop& loop_;
  kj::Own<net::MessageSocket> socket_;
  std::uint32_t questions_ = 0;
};

}  // namespace pi::cluster
