#include "common/net/secrets/secret.h"

#include <openssl/crypto.h>

namespace pi::net {

void wipe(std::string& text) {
  text.resize(text.capacity());  // Includes the rest of a longer text before it.
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace pi::net
