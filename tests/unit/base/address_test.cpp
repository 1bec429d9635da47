#include "common/base/address.h"

#include <doctest/doctest.h>

using namespace pi;

TEST_CASE("an address is read with and without scheme, port and brackets") {
  CHECK(parseAddress("tcp://10.0.0.1:1234").value == Address{"10.0.0.1", 1234});
  CHECK(parseAddress("login1:1234").value == Address{"login1", 1234});
  CHECK(parseAddress("login1").value == Address{"login1", kDefaultPort});
  CHECK(parseAddress("tcp://[::1]:1234/").value == Address{"::1", 1234});
  CHECK(parseAddress("[fe80::1%eth0]").value == Address{"fe80::1%eth0", kDefaultPort});
}

TEST_CASE("the error for text that is not an address says what to write instead") {
  for (const char* text : {"", "-a", ":1", "tcp://", "http://a:1", "a:0", "a:65536", "a:1x",
                           "a:", "::1", "[::1", "[]:1", "[::1]1", "a b:1", "a\n:1"}) {
    CAPTURE(text);
    auto address = parseAddress(text);
    CHECK(!address.value);
    CHECK(address.error.find("tcp://HOST:PORT") != std::string::npos);
  }
}

TEST_CASE("a written address reads back as the same address") {
  for (const Address& address : {Address{"10.0.0.1", 1}, Address{"::1", 2}, Address{"a.b", 3}}) {
    CHECK(parseAddress(toText(address)).value == address);
  }
}
