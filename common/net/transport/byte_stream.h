// KJ's stream of bytes over a buffered socket: what kj-http runs on.
#pragma once

#include <kj/async-io.h>

#include <cstddef>
#include <memory>

#include "common/net/transport/buffered_socket.h"

namespace pi::net {

// Works over TCP, TLS and local sockets.  All bytes are copied to and from the socket's own
// buffers, so dropping a promise of a read or a write is safe at any time.
//
// Reads: a short count means that the peer has ended its output (for TLS also without a
// close_notify, so a protocol on top must know where its messages end).  A reset is DISCONNECTED.
// A dropped read of at most kWholeReadBytesMax (limits.h) consumes nothing.
//
// Writes: write() waits while more than kUnsentBytesMax (limits.h) are unsent.  A dropped write may
// have sent a part of its bytes.
//
// Destroying the stream sends what was written and closes the socket, within its closeGrace.
kj::Own<kj::AsyncIoStream> byteStream(std::shared_ptr<BufferedSocket> socket);

}  // namespace pi::net
