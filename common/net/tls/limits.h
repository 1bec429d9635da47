// The limits of TLS: numbers that SECURITY.md names.
#pragma once

#include <cstddef>

namespace pi::net {

// A message with certificates, between peers that know each other's keys: one of ours has 400
// bytes.  OpenSSL decodes every certificate of a message before we can refuse the first.
inline constexpr std::size_t kCertificateBytesMax = std::size_t{1} << 10;

// The same with --tls-ca.  A certificate and two authorities with keys of 4,096 bits have 5 KiB.
// To decode one takes some 0.2 ms, whatever its key, and the smallest have 240 bytes: 10 ms at
// worst.
inline constexpr std::size_t kCertificateChainBytesMax = std::size_t{8} << 10;

// The file of --tls-key.
inline constexpr std::size_t kKeyBytesMax = std::size_t{64} << 10;

}  // namespace pi::net
