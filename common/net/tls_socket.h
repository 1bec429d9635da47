// The buffered socket over TLS.
#pragma once

#include <asio/ip/tcp.hpp>
#include <memory>

#include "common/net/buffered_socket.h"
#include "common/net/tls.h"

namespace pi::net {

// Takes a connection whose handshake is done.
std::shared_ptr<BufferedSocket> bufferedSocket(KjLoop& loop, asio::ip::tcp::socket socket,
                                               std::unique_ptr<TlsSession> session,
                                               const StreamLimits& limits = {});

}  // namespace pi::net
