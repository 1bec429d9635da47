// The buffered socket over TLS.
#pragma once

#include <asio/ip/tcp.hpp>
#include <memory>

#include "common/net/tls/tls.h"
#include "common/net/transport/buffered_socket.h"

namespace pi::net {

// Makes a socket of a connection whose handshake is done.
std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop, asio::ip::tcp::socket socket,
                                               std::unique_ptr<TlsSession> session,
                                               const StreamLimits& limits = {});

}  // namespace pi::net
