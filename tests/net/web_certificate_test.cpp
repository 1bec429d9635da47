#include "common/net/tls/web_certificate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>

using namespace pi;
using namespace pi::net;
using namespace std::chrono_literals;

namespace {

using Hosts = std::vector<std::string>;
constexpr WallTime kToday{std::chrono::sys_days{std::chrono::year{2030} / 5 / 17}};
const Hosts kHosts = {"login1.example.org", "192.0.2.2", "fd00::2", "localhost"};

}  // namespace

TEST_CASE("a certificate for browsers names its hosts and addresses, and no other") {
  Secret key = makeWebKeyPair(kHosts, kToday);
  CHECK(isWebKeyPairFor(key, kHosts, kToday));
  CHECK(isWebKeyPairFor(key, {}, kToday));
  for (const char* host : {"login2.example.org", "example.org", "192.0.2.3", "fd00::3"}) {
    CAPTURE(host);
    CHECK_FALSE(isWebKeyPairFor(key, {"localhost", host}, kToday));
  }
}

TEST_CASE("a certificate for browsers is valid for slow clocks, too, and ends in time for them") {
  Secret key = makeWebKeyPair(kHosts, kToday);
  CHECK(isWebKeyPairFor(key, kHosts, kToday - 23h));
  CHECK_FALSE(isWebKeyPairFor(key, kHosts, kToday - 25h));
  CHECK(isWebKeyPairFor(key, kHosts, kToday + kWebCertificateLife - 25h));
  CHECK_FALSE(isWebKeyPairFor(key, kHosts, kToday + kWebCertificateLife));
  CHECK(kWebCertificateLife <= 825 * 24h);
}

TEST_CASE("a certificate's fingerprint is written as browsers write it") {
  Secret key = makeWebKeyPair(kHosts, kToday);
  std::string text = certificateFingerprint(key);
  CHECK(text.size() == 32 * 3 - 1);
  CHECK(std::ranges::count(text, ':') == 31);
  CHECK(text.find_first_not_of("0123456789ABCDEF:") == text.npos);
  CHECK(certificateFingerprint(key) == text);
  CHECK(certificateFingerprint(makeWebKeyPair(kHosts, kToday)) != text);
  CHECK_THROWS_AS(certificateFingerprint(Secret("no key")), KeyError);
}
