// The limits of TLS: numbers that SECURITY.md names.
#pragma once

#include <cstddef>

namespace pi::net {

// A message with certificates, between peers that know each other's keys: one of ours has 400
// bytes.  OpenSSL decodes every certificate of a message before we can refuse the first.
inline constexpr std::size_t kCertificateBytesMax = std::size_t{1} << 10;

// The same with --tls-ca: an authority's chain may be long.
inline constexpr std::size_t kCertificateChainBytesMax = std::size_t{32} << 10;

// The file of --tls-key.
inline constexpr std::size_t kKeyBytesMax = std::size_t{64} << 10;

}  // namespace pi::net
