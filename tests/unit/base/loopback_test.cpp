#include "common/base/loopback.h"

#include <doctest/doctest.h>

using namespace pi;

TEST_CASE("only addresses of this machine alone are loopback") {
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"}) {
    CAPTURE(host);
    CHECK(isLoopback(host));
  }
  for (const char* host : {"", "login1", "0.0.0.0", "::", "10.127.0.1", "127.evil.example",
                           "127.0.0.evil", "127.1", "localhost.example"}) {
    CAPTURE(host);
    CHECK_FALSE(isLoopback(host));
  }
}
