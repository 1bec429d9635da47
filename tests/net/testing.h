// Sockets and messages for the tests of this folder.
#pragma once

#include <capnp/message.h>

#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include "common/net/kj_loop.h"
#include "common/net/message_socket.h"
#include "proto/pi.capnp.h"

namespace pi::net::testing {

using Tcp = asio::ip::tcp;

// Two connected TCP sockets on this machine.
inline std::pair<Tcp::socket, Tcp::socket> tcpPair(KjLoop& loop) {
  Tcp::acceptor acceptor(loop.io(), Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  Tcp::socket ours(loop.io());
  ours.connect(acceptor.local_endpoint());
  return {std::move(ours), acceptor.accept()};
}

inline kj::Own<MessageSocket> messageSocket(KjLoop& loop, Tcp::socket socket,
                                            const StreamLimits& limits = {}) {
  return kj::heap<MessageSocket>(bufferedSocket(loop, std::move(socket), limits));
}

// A message of about `bytes` bytes.
inline kj::Own<capnp::MallocMessageBuilder> messageOf(std::size_t bytes) {
  auto message = kj::heap<capnp::MallocMessageBuilder>();
  auto name = message->initRoot<wire::WorkerProfile>().initName(static_cast<unsigned>(bytes));
  std::fill(name.begin(), name.end(), 'x');
  return message;
}

inline std::size_t sizeOf(capnp::MessageReader& message) {
  return message.getRoot<wire::WorkerProfile>().getName().size();
}

}  // namespace pi::net::testing
