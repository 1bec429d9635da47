#include "common/net/secrets/secret.h"

#include <openssl/crypto.h>

#include <new>

#include "common/net/secrets/hardening.h"

namespace pi::net {
namespace {

// The rest is for OpenSSL, whose handshakes fail without it.
// Not in SECURITY.md: only a program's own secrets are locked.
constexpr std::size_t kLockedTextsMax = kLockedBytesMin * 3 / 4;

}  // namespace

void wipe(std::string& text) {
  text.resize(text.capacity());  // Includes the rest of a longer text before it.
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

void* allocateSecret(std::size_t bytes) {
  void* memory = nullptr;
  bool isThereRoom =
      CRYPTO_secure_malloc_initialized() == 1 && CRYPTO_secure_used() + bytes <= kLockedTextsMax;
  if (isThereRoom) memory = OPENSSL_secure_malloc(bytes);
  if (memory == nullptr) memory = OPENSSL_malloc(bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void freeSecret(void* memory, std::size_t bytes) noexcept {
  OPENSSL_secure_clear_free(memory, bytes);  // Knows memory of either kind.
}

// A short text is inside the object.
Secret::~Secret() { OPENSSL_cleanse(text_.data(), text_.size()); }

}  // namespace pi::net
