#include "common/net/tls/web_certificate.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "common/net/tls/openssl.h"

namespace pi::net {
namespace {

using Names = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;
using Name = std::unique_ptr<GENERAL_NAME, Release<GENERAL_NAME_free>>;
using Address = std::unique_ptr<ASN1_OCTET_STRING, Release<ASN1_OCTET_STRING_free>>;
using Text = std::unique_ptr<ASN1_IA5STRING, Release<ASN1_IA5STRING_free>>;

constexpr Duration kDay = std::chrono::hours(24);

void expect(bool succeeded) {
  if (!succeeded) throw KeyError("a certificate cannot be made: " + opensslError());
}

std::time_t secondsOf(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// As ASN1_TIME_set_string_X509() reads it.
std::string dayText(WallTime time) {
  std::time_t whole = secondsOf(time);
  std::tm parts{};
  std::array<char, 32> text{};
  gmtime_r(&whole, &parts);
  std::size_t size = std::strftime(text.data(), text.size(), "%Y%m%d%H%M%SZ", &parts);
  return {text.data(), size};
}

// Null if it is a name.
Address numericAddress(const std::string& host) { return Address(a2i_IPADDRESS(host.c_str())); }

Name nameFor(const std::string& host) {
  Name name(GENERAL_NAME_new());
  expect(name != nullptr);
  if (Address address = numericAddress(host)) {
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address.release());
    return name;
  }
  Text text(ASN1_IA5STRING_new());
  expect(text != nullptr &&
         ASN1_STRING_set(text.get(), host.data(), static_cast<int>(host.size())) == 1);
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, text.release());
  return name;
}

void addNames(X509* certificate, const std::vector<std::string>& hosts) {
  Names names(GENERAL_NAMES_new());
  expect(names != nullptr);
  for (const std::string& host : hosts) {
    Name name = nameFor(host);
    expect(sk_GENERAL_NAME_push(names.get(), name.get()) > 0);
    static_cast<void>(name.release());
  }
  expect(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1);
}

void addExtension(X509* certificate, int kind, const char* value) {
  std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value));
  expect(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

bool hasName(X509* certificate, const std::string& host) {
  if (numericAddress(host) != nullptr) {
    return X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
  }
  return X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}

}  // namespace

Secret makeWebKeyPair(const std::vector<std::string>& hosts, WallTime now) {
  KeyHalves halves{.key = makeKey(), .certificate = nullptr};
  halves.certificate =
      makeCertificate(halves.key.get(), "pi-scheduler", dayText(now - kDay).c_str(),
                      dayText(now - kDay + kWebCertificateLife).c_str());
  X509* certificate = halves.certificate.get();
  addNames(certificate, hosts);
  addExtension(certificate, NID_basic_constraints, "critical,CA:FALSE");
  addExtension(certificate, NID_key_usage, "critical,digitalSignature");
  addExtension(certificate, NID_ext_key_usage, "serverAuth");
  return signedKeyPair(halves);
}

bool isWebKeyPairFor(const Secret& keyPair, const std::vector<std::string>& hosts, WallTime time) {
  KeyHalves halves = readKeyPair(keyPair.reveal());
  X509* certificate = halves.certificate.get();
  std::time_t at = secondsOf(time);
  bool isValid = X509_cmp_time(X509_get0_notBefore(certificate), &at) < 0 &&
                 X509_cmp_time(X509_get0_notAfter(certificate), &at) > 0;
  return isValid && std::ranges::all_of(hosts, [certificate](const std::string& host) {
           return hasName(certificate, host);
         });
}

std::string certificateFingerprint(const Secret& keyPair) {
  KeyHalves halves = readKeyPair(keyPair.reveal());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  expect(X509_digest(halves.certificate.get(), EVP_sha256(), digest.data(), &size) == 1);
  std::string text;
  for (unsigned char byte : std::span(digest).first(size)) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace pi::net
