// Protects the secrets in this process's memory.
#pragma once

#include <cstddef>

namespace pi::net {

// The memory for the texts of keys and for long-lived private keys.
// Not in SECURITY.md: the files of the user decide how much of it is used.
inline constexpr std::size_t kLockedBytesMin = std::size_t{32} << 10;

// The memory for one connection: OpenSSL keeps the private key of its key exchange until it ends.
inline constexpr std::size_t kLockedBytesPerConnection = 64;

// The connections of a program that does not listen.  Its locked memory is within the usual limit
// of a process, 64 KiB.
inline constexpr std::size_t kCallerConnections = 64;

// Prevents core dumps of this process, and other processes of the same user from reading its
// memory.  Private keys are kept in pages that are locked, so that they are never swapped to disk,
// with guard pages around them; there is room for the keys of this many connections with TLS at a
// time.  If the system refuses to lock the pages, it prints one warning on stderr.  Call it once,
// before any key is read.
void keepMemoryPrivate(std::size_t connectionsMax);

}  // namespace pi::net
