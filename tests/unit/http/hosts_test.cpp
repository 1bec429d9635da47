#include "scheduler/http/hosts.h"

#include <doctest/doctest.h>

using namespace pi::scheduler::http;

TEST_CASE("the host of a Host header is read with and without a port") {
  CHECK(hostIn("localhost") == "localhost");
  CHECK(hostIn("LocalHost:8787") == "localhost");
  CHECK(hostIn("127.0.0.1:8787") == "127.0.0.1");
  CHECK(hostIn("[::1]:8787") == "::1");
  CHECK(hostIn("[FE80::1]") == "fe80::1");
  CHECK(hostIn("login-1.example.org") == "login-1.example.org");
}

TEST_CASE("a Host header that is no name and port is refused") {
  for (const char* header : {"", ":8787", "a b", "localhost:", "localhost:x", "localhost:876543",
                             "localhost:80:80", "[::1", "[]:80", "[::1]x", "[localhost]",
                             "localhost, evil.example", "user@localhost", "localhost/"}) {
    CAPTURE(header);
    CHECK_FALSE(hostIn(header).has_value());
  }
}

TEST_CASE("loopback names are ours, and the names that were given, and no others") {
  std::vector<std::string> names = {"login1", "10.0.0.1"};
  for (const char* host : {"localhost", "127.0.0.1", "::1", "login1", "10.0.0.1"}) {
    CAPTURE(host);
    CHECK(isOurs(host, names));
  }
  for (const char* host : {"evil.example", "login1.evil.example", "localhost.evil.example",
                           "login2", "", "127.0.0.2"}) {
    CAPTURE(host);
    CHECK_FALSE(isOurs(host, names));
  }
}

TEST_CASE("an origin is ours only with the same scheme, host and port") {
  CHECK(isSameOrigin("http://localhost:8787", "localhost:8787", Scheme::kHttp));
  CHECK(isSameOrigin("http://LOCALHOST:8787", "localhost:8787", Scheme::kHttp));
  CHECK(isSameOrigin("https://login1", "login1", Scheme::kHttps));
  CHECK_FALSE(isSameOrigin("http://localhost:3000", "localhost:8787", Scheme::kHttp));
  CHECK_FALSE(isSameOrigin("http://127.0.0.1:8787", "localhost:8787", Scheme::kHttp));
  CHECK_FALSE(isSameOrigin("https://localhost:8787", "localhost:8787", Scheme::kHttp));
  CHECK_FALSE(isSameOrigin("null", "localhost:8787", Scheme::kHttp));
  CHECK_FALSE(isSameOrigin("", "localhost:8787", Scheme::kHttp));
}
