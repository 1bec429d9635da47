#include "common/base/backoff.h"

#include <doctest/doctest.h>

using namespace pi;

TEST_CASE("the wait before an attempt grows up to its limit") {
  for (std::uint32_t failed : {0u, 1u, 6u, 7u, 100u, 0xFFFF'FFFFu}) {
    CHECK(backoff(failed, 0.0) == kBackoffMin);
    CHECK(backoff(failed, 1.0) <= kBackoffMax);
    CHECK(backoff(failed + 1, 0.5) >=
          (failed == 0xFFFF'FFFFu ? kBackoffMin : backoff(failed, 0.5)));
  }
  CHECK(backoff(0, 1.0) == kBackoffMin);
  CHECK(backoff(1, 1.0) == 2 * kBackoffMin);
  CHECK(backoff(50, 1.0) == kBackoffMax);
}

TEST_CASE("after a refusal the waits are longer, and the first ones are spread, too") {
  for (std::uint32_t failed : {0u, 1u, 7u, 0xFFFF'FFFFu}) {
    CHECK(backoff(failed, 0.0, kRefusedBackoff) == kRefusedBackoff.shortest);
    CHECK(backoff(failed, 1.0, kRefusedBackoff) >= 4 * kRefusedBackoff.shortest);
    CHECK(backoff(failed, 1.0, kRefusedBackoff) <= kRefusedBackoff.longest);
  }
  CHECK(backoff(7, 1.0, kRefusedBackoff) == kRefusedBackoff.longest);
}
