#include "tests/cluster/strangers.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>

#include "common/net/tls/openssl.h"

namespace pi::cluster {
namespace {

using namespace net;

// A key, and a certificate that it has signed itself.
KeyHalves makeKey(const char* curve) {
  KeyHalves made;
  made.key.reset(EVP_EC_gen(curve));
  made.certificate.reset(X509_new());
  X509* raw = made.certificate.get();
  X509_gmtime_adj(X509_getm_notBefore(raw), 0);
  X509_gmtime_adj(X509_getm_notAfter(raw), 3600);
  X509_set_pubkey(raw, made.key.get());
  X509_sign(raw, made.key.get(), EVP_sha256());
  return made;
}

}  // namespace

std::string helloWith(const char* groups) {
  SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set1_groups_list(context.get(), groups);
  Ssl ssl(SSL_new(context.get()));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl.get());
  SSL_do_handshake(ssl.get());
  std::string hello(std::size_t{4} << 10, '\0');
  int size = BIO_read(SSL_get_wbio(ssl.get()), hello.data(), static_cast<int>(hello.size()));
  hello.resize(static_cast<std::size_t>(size));
  return hello;
}

bool isRefusedWithCertificates(asio::ip::tcp::socket& socket, int count) {
  // TLS 1.3 has no signatures with the expensive curve, so the first key is a usual one.
  static const KeyHalves kOwn = makeKey("P-256");
  static const KeyHalves kOther = makeKey("sect571r1");
  SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_use_certificate(context.get(), kOwn.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), kOwn.key.get());
  for (int i = 1; i < count; ++i) SSL_CTX_add1_chain_cert(context.get(), kOther.certificate.get());
  Ssl ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), socket.native_handle());
  bool isSent = SSL_connect(ssl.get()) == 1;
  std::array<char, 16> bytes{};
  bool isRefused = SSL_read(ssl.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0;
  ERR_clear_error();
  return isSent && isRefused;
}

}  // namespace pi::cluster
