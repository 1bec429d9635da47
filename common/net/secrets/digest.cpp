#include "common/net/secrets/digest.h"

#include <openssl/sha.h>

#include <array>

#include "common/net/secrets/random.h"

namespace pi::net {

std::string sha256(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return hexText({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace pi::net
