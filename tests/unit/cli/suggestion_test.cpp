#include "common/cli/suggestion.h"

#include <doctest/doctest.h>

namespace pi::cli {
namespace {

TEST_CASE("the closest word has at most a third of its letters wrong") {
  CHECK(closest("lsit", {"list", "wait", "last"}) == "list");
  CHECK(closest("worker", {"work", "workers"}) == "workers");
  CHECK(closest("cancle", {"cancel"}) == "cancel");
  CHECK(closest("conection-fiel", {"connection-file", "scheduler"}) == "connection-file");
  CHECK(closest("stat", {"state", "status"}) == "state");
  CHECK(closest("prio", {"priority"}) == "priority");  // Its beginning.
  CHECK(closest("xyz", {"list", "wait"}).empty());
  CHECK(closest("", {"a"}).empty());
  CHECK(closest(std::string(100'000, 'x'), {"list"}).empty());
}

TEST_CASE("a word of one letter is like no other") { CHECK(closest("x", {"list", "run"}).empty()); }

}  // namespace
}  // namespace pi::cli
