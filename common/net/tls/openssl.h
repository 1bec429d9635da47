// Owning pointers to OpenSSL's objects, for the few files that call OpenSSL.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/net/secrets/secret.h"

namespace pi::net {

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};

using Bio = std::unique_ptr<BIO, Release<BIO_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using SslContext = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Release<SSL_free>>;

// A key pair whose halves belong together.
struct KeyHalves {
  PrivateKey key;
  Certificate certificate;
};

// Reads a key pair in the format of makeKeyPair().  Throws KeyError.
KeyHalves readKeyPair(std::string_view pem);

// A new key (ECDSA, P-256).  Throws KeyError, as the next two do.
PrivateKey makeKey();
// A certificate for the key without a signature.  The days are as ASN1_TIME_set_string_X509()
// reads them.
Certificate makeCertificate(EVP_PKEY* key, const std::string& name, const char* firstDay,
                            const char* lastDay);
// Signs the certificate with its own key.  Returns both in PEM.
Secret signedKeyPair(const KeyHalves& halves);

// The SHA-256 of the certificate's public key in hex; empty if the key cannot be read.
std::string fingerprintOf(const X509* certificate);

// OpenSSL's description of the last failure, for people.
std::string opensslError();

}  // namespace pi::net
