#include "common/net/secrets/secret.h"

#include <openssl/crypto.h>

namespace pi::net {

void wipe(std::string& text) {
  text.resize(text.capacity());  // What a longer text left behind it goes too.
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace pi::net
