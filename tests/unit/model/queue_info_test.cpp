#include "common/model/queue_info.h"

#include <doctest/doctest.h>

namespace pi {
namespace {

TEST_CASE("it is said how it stands with the workers that are awaited") {
  CHECK(awaitedText({}) == "");
  CHECK(awaitedText({{.name = "local"}}) == "one is asked for");
  CHECK(awaitedText({{.name = "local", .whyNotMore = "it is paused: no"}}) ==
        "local: it is paused: no");
  // A long name does not hide the reason.
  CHECK(awaitedText({{.name = std::string(200, 'a'), .whyNotMore = "it is paused: maintenance"}})
            .ends_with(": it is paused: maintenance"));
  CHECK(awaitedText({{.name = "a", .whyNotMore = "x", .pending = 1},
                     {.name = "b", .pending = 1, .pendingReason = "Priority"}}) ==
        "2 allocations are pending (Priority)");
  CHECK(awaitedText({{.name = "a", .running = 1}}) ==
        "1 allocation runs, and the worker is not connected yet");
}

}  // namespace
}  // namespace pi
