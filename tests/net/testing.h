// Sockets and messages for the tests of this folder.
#pragma once

#include <capnp/message.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "common/net/loop/kj_loop.h"
#include "common/net/transport/message_socket.h"
#include "proto/pi.capnp.h"

namespace pi::net::testing {

using Tcp = asio::ip::tcp;

// Two connected TCP sockets on this machine.  The second has a small receive buffer.
inline std::pair<Tcp::socket, Tcp::socket> tcpPair(KjLoop& loop) {
  Tcp::acceptor acceptor(loop.io());
  acceptor.open(Tcp::v4());
  acceptor.set_option(asio::socket_base::receive_buffer_size(64 << 10));
  acceptor.bind(Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  acceptor.listen();
  Tcp::socket first(loop.io());
  first.connect(acceptor.local_endpoint());
  Tcp::socket second = acceptor.accept();
  return {std::move(first), std::move(second)};
}

inline kj::Own<MessageSocket> messageSocket(KjLoop& loop, Tcp::socket socket,
                                            const StreamLimits& limits = {}) {
  return kj::heap<MessageSocket>(bufferedSocket(loop, std::move(socket), limits));
}

// A message of a little more than `bytes` bytes.
inline kj::Own<capnp::MallocMessageBuilder> messageOf(std::size_t bytes) {
  auto message = kj::heap<capnp::MallocMessageBuilder>();
  auto name = message->initRoot<wire::WorkerProfile>().initName(static_cast<unsigned>(bytes));
  std::fill(name.begin(), name.end(), 'x');
  return message;
}

inline std::size_t sizeOf(capnp::MessageReader& message) {
  return message.getRoot<wire::WorkerProfile>().getName().size();
}

inline std::vector<std::byte> bytesOf(const std::vector<std::uint32_t>& numbers) {
  std::vector<std::byte> bytes(numbers.size() * sizeof(std::uint32_t));
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

// The exception that the promise fails with; null if it does not fail.
template <typename T>
kj::Maybe<kj::Exception> failureOf(kj::Promise<T>&& promise, KjLoop& loop) {
  return kj::runCatchingExceptions([&] { promise.wait(loop.waitScope()); });
}

template <typename T>
bool isDisconnected(kj::Promise<T>&& promise, KjLoop& loop) {
  auto failure = failureOf(kj::mv(promise), loop);
  KJ_IF_MAYBE (exception, failure) {
    return exception->getType() == kj::Exception::Type::DISCONNECTED;
  }
  return false;
}

}  // namespace pi::net::testing
