#include "common/net/secrets/hardening.h"

#include <openssl/crypto.h>
#include <sys/prctl.h>

#include <bit>
#include <cstdio>

namespace pi::net {
namespace {

constexpr std::size_t kSmallestPiece = 32;
constexpr int kIsLocked = 1;  // The other results of OpenSSL are 0 and 2.

}  // namespace

void keepMemoryPrivate(std::size_t connectionsMax) {
  ::prctl(PR_SET_DUMPABLE, 0);  // Cannot fail.
  std::size_t bytes = std::bit_ceil(kLockedBytesMin + connectionsMax * kLockedBytesPerConnection);
  if (CRYPTO_secure_malloc_init(bytes, kSmallestPiece) == kIsLocked) return;
  std::fprintf(stderr,
               "warning: the system may swap this program's keys to disk; to prevent that, have "
               "the limit 'ulimit -l' raised to %zu or more\n",
               bytes >> 10);
}

}  // namespace pi::net
