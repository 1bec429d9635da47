// The limits of TLS: numbers that SECURITY.md names.
#pragma once

#include <cstddef>

namespace pi::net {

// A message with certificates; one of ours has 400 bytes.
inline constexpr std::size_t kCertificateBytesMax = std::size_t{32} << 10;

// The file of --tls-key.
inline constexpr std::size_t kKeyBytesMax = std::size_t{64} << 10;

}  // namespace pi::net
