// A certificate authority for the tests.  It signs certificates whose subject names a role.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/model/access.h"
#include "common/net/tls/openssl.h"

namespace pi::net::testing {

// The first and the last second, counted from now.
struct Validity {
  long from = -3600;
  long to = 3600;
};

class Authority {
 public:
  // Its files are in `folder`, which must exist.  Their names begin with `name`.
  Authority(std::filesystem::path folder, const std::string& name)
      : folder_(std::move(folder)), name_(name), key_(EVP_EC_gen("P-256")) {
    certificate_ = sign(key_.get(), name, {}, nullptr);
    write(path("ca"), [this](FILE* to) { return PEM_write_X509(to, certificate_.get()); });
  }

  // Makes a key, and a certificate for it with these organizational units in its subject.
  CertificateFiles issue(const std::string& name, const std::vector<std::string>& units,
                         Validity validity = {}) const {
    PrivateKey key(EVP_EC_gen("P-256"));
    Certificate certificate = sign(key.get(), name, units, certificate_.get(), validity);
    write(path(name), [&](FILE* to) { return PEM_write_X509(to, certificate.get()); });
    write(path(name + "-key"), [&](FILE* to) {
      return PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return {.certificate = path(name), .key = path(name + "-key"), .authority = path("ca")};
  }

  // Adds a revocation list with these certificates to its own file.
  void revoke(const std::vector<std::string>& names, Validity validity = {}) const {
    RevocationList list(X509_CRL_new());
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get()));
    Time from(X509_gmtime_adj(nullptr, validity.from));
    Time to(X509_gmtime_adj(nullptr, validity.to));
    X509_CRL_set1_lastUpdate(list.get(), from.get());
    X509_CRL_set1_nextUpdate(list.get(), to.get());
    for (const std::string& name : names) {
      X509_REVOKED* entry = X509_REVOKED_new();
      X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(read(path(name)).get()));
      X509_REVOKED_set_revocationDate(entry, from.get());
      X509_CRL_add0_revoked(list.get(), entry);
    }
    if (X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) == 0) {
      throw std::runtime_error("cannot sign");
    }
    write(path("ca"), [&](FILE* file) {
      return PEM_write_X509(file, certificate_.get()) == 1 &&
             PEM_write_X509_CRL(file, list.get()) == 1;
    });
  }

  // Replaces a certificate's key by the encrypted one.
  void encryptKey(const std::string& name) const {
    std::string pass = "secret";
    PrivateKey key(EVP_EC_gen("P-256"));
    write(path(name + "-key"), [&](FILE* to) {
      return PEM_write_PrivateKey(to, key.get(), EVP_aes_256_cbc(),
                                  reinterpret_cast<const unsigned char*>(pass.data()),
                                  static_cast<int>(pass.size()), nullptr, nullptr);
    });
  }

 private:
  using RevocationList = std::unique_ptr<X509_CRL, Release<X509_CRL_free>>;
  using Time = std::unique_ptr<ASN1_TIME, Release<ASN1_TIME_free>>;

  static Certificate read(const std::string& path) {
    FILE* file = std::fopen(path.c_str(), "r");
    Certificate certificate(file == nullptr ? nullptr
                                            : PEM_read_X509(file, nullptr, nullptr, nullptr));
    if (file != nullptr) std::fclose(file);
    if (certificate == nullptr) throw std::runtime_error("cannot read " + path);
    return certificate;
  }

  std::string path(const std::string& what) const {
    return (folder_ / (name_ + "-" + what + ".pem")).string();
  }

  template <typename Write>
  static void write(const std::string& path, Write writeTo) {
    FILE* file = std::fopen(path.c_str(), "w");
    bool isWritten = file != nullptr && writeTo(file) == 1;
    if (file != nullptr) std::fclose(file);
    if (!isWritten) throw std::runtime_error("cannot write " + path);
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }

  static void add(X509_NAME* subject, const char* field, const std::string& text) {
    X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  }

  // Without an `issuer` the certificate signs itself.
  Certificate sign(EVP_PKEY* key, const std::string& name, const std::vector<std::string>& units,
                   X509* issuer, Validity validity = {}) const {
    static long serial = 0;
    Certificate certificate(X509_new());
    X509* raw = certificate.get();
    X509_set_version(raw, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(raw), validity.from);
    X509_gmtime_adj(X509_getm_notAfter(raw), validity.to);
    add(X509_get_subject_name(raw), "CN", name);
    for (const std::string& unit : units) add(X509_get_subject_name(raw), "OU", unit);
    X509_set_issuer_name(raw, X509_get_subject_name(issuer == nullptr ? raw : issuer));
    X509_set_pubkey(raw, key);
    X509_EXTENSION* constraint =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints,
                            issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
    X509_add_ext(raw, constraint, -1);
    X509_EXTENSION_free(constraint);
    if (X509_sign(raw, key_.get(), EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
    return certificate;
  }

  std::filesystem::path folder_;
  std::string name_;
  PrivateKey key_;
  Certificate certificate_;
};

}  // namespace pi::net::testing
