// Peers without a key that a scheduler accepts.  They make it work as hard as they can.
#pragma once

#include <asio/ip/tcp.hpp>
#include <string>

namespace pi::cluster {

// The first message of a TLS handshake.  Its key is of the first of these groups ("P-384:X25519").
std::string helloWith(const char* groups);

// Completes the caller's half of a handshake with this many certificates, all but the first on the
// curve whose points take longest to decode, and waits until the scheduler has refused them.  False
// if it has not.
bool isRefusedWithCertificates(asio::ip::tcp::socket& socket, int count);

}  // namespace pi::cluster
