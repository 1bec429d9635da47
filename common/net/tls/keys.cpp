#include "common/net/tls/keys.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <string_view>

#include "common/net/secrets/random.h"
#include "common/net/tls/openssl.h"

namespace pi::net {
namespace {

// Other software may check dates, so a certificate of ours is always valid.
constexpr const char* kFirstDay = "19700101000000Z";
constexpr const char* kLastDay = "99991231235959Z";

[[noreturn]] void failToMake() { throw KeyError("a key cannot be made: " + opensslError()); }

void expect(bool succeeded) {
  if (!succeeded) failToMake();
}

// This kind of memory BIO wipes its content.
Bio secretMemory() { return Bio(BIO_new(BIO_s_secmem())); }

}  // namespace

PrivateKey makeKey() {
  PrivateKey key(EVP_EC_gen("P-256"));
  expect(key != nullptr);
  return key;
}

Certificate makeCertificate(EVP_PKEY* key, const std::string& name, const char* firstDay,
                            const char* lastDay) {
  Certificate certificate(X509_new());
  expect(certificate != nullptr);
  X509* raw = certificate.get();
  std::uint64_t serial = randomNumber() >> 1;
  X509_NAME* subject = X509_get_subject_name(raw);
  expect(X509_set_version(raw, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(raw), serial) == 1 &&
         ASN1_TIME_set_string_X509(X509_getm_notBefore(raw), firstDay) == 1 &&
         ASN1_TIME_set_string_X509(X509_getm_notAfter(raw), lastDay) == 1 &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1 &&
         X509_set_issuer_name(raw, subject) == 1 && X509_set_pubkey(raw, key) == 1);
  return certificate;
}

Secret signedKeyPair(const KeyHalves& halves) {
  expect(X509_sign(halves.certificate.get(), halves.key.get(), EVP_sha256()) != 0);
  Bio memory = secretMemory();
  expect(memory != nullptr &&
         PEM_write_bio_PKCS8PrivateKey(memory.get(), halves.key.get(), nullptr, nullptr, 0, nullptr,
                                       nullptr) == 1 &&
         PEM_write_bio_X509(memory.get(), halves.certificate.get()) == 1);
  char* text = nullptr;
  long size = BIO_get_mem_data(memory.get(), &text);
  expect(size > 0);
  return Secret(std::string_view(text, static_cast<std::size_t>(size)));
}

Secret makeKeyPair(const std::string& name) {
  KeyHalves halves{.key = makeKey(), .certificate = nullptr};
  halves.certificate = makeCertificate(halves.key.get(), name, kFirstDay, kLastDay);
  return signedKeyPair(halves);
}

KeyHalves readKeyPair(std::string_view pem) {
  Bio memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  KeyHalves halves;
  if (memory != nullptr) {
    // Never asks for a passphrase, so reading an encrypted key fails.
    auto noPassphrase = [](char*, int, int, void*) { return -1; };
    halves.key.reset(PEM_read_bio_PrivateKey(memory.get(), nullptr, noPassphrase, nullptr));
    halves.certificate.reset(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  }
  bool isPair = halves.key != nullptr && halves.certificate != nullptr &&
                X509_check_private_key(halves.certificate.get(), halves.key.get()) == 1;
  ERR_clear_error();
  if (!isPair) throw KeyError("it is not a key with its certificate");
  return halves;
}

std::string fingerprintOf(const X509* certificate) {
  unsigned char* encoded = nullptr;
  int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  if (size <= 0) return "";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(encoded, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(encoded);
  return hexText({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string fingerprintOf(const Secret& keyPair) {
  return fingerprintOf(readKeyPair(keyPair.reveal()).certificate.get());
}

std::string opensslError() {
  unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "an unknown reason" : reason;
}

}  // namespace pi::net
