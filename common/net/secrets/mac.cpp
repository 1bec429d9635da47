#include "common/net/secrets/mac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "common/base/check.h"
#include "common/net/secrets/random.h"

namespace pi::net {

std::string authenticationCode(const Secret& key, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  unsigned size = 0;
  const unsigned char* made = HMAC(
      EVP_sha256(), key.reveal().data(), static_cast<int>(key.reveal().size()),
      reinterpret_cast<const unsigned char*>(message.data()), message.size(), code.data(), &size);
  PI_CHECK(made != nullptr);
  return hexText({reinterpret_cast<const char*>(code.data()), size});
}

bool areEqualSecrets(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace pi::net
