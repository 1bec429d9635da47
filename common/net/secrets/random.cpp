#include "common/net/secrets/random.h"

#include <openssl/rand.h>

#include <cstring>

#include "common/base/check.h"

namespace pi::net {

std::string randomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  PI_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) ==
           1);
  return bytes;
}

std::uint64_t randomNumber() {
  std::uint64_t number = 0;
  std::memcpy(&number, randomBytes(sizeof number).data(), sizeof number);
  return number;
}

std::string hexText(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

}  // namespace pi::net
