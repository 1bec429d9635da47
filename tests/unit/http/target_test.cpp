#include "scheduler/http/target.h"

#include <doctest/doctest.h>

#include <string>

using namespace pi::scheduler::http;

namespace {

std::string textOf(std::string_view text) {
  std::optional<Target> target = parseTarget(text);
  if (!target) return "refused";
  std::string result = target->path;
  for (const auto& [name, value] : target->query) result += "|" + name + "=" + value;
  return result;
}

}  // namespace

TEST_CASE("a target is a path and decoded names and values") {
  CHECK(textOf("/") == "/");
  CHECK(textOf("/api/v1/jobs") == "/api/v1/jobs");
  CHECK(textOf("/?token=ab") == "/|token=ab");
  CHECK(textOf("/a?x=1&y=2&x=3") == "/a|x=1|y=2|x=3");
  CHECK(textOf("/a?x") == "/a|x=");
  CHECK(textOf("/a?x=1=2") == "/a|x=1=2");
  CHECK(textOf("/a?&&x=a%20b+c%2f") == "/a|x=a b c/");
  CHECK(textOf("/a??x=1") == "/a|?x=1");
}

TEST_CASE("a target that is no path of ours is refused") {
  for (const char* text : {"", "*", "api", "http://localhost/", "/a b", "/a\tb", "/a\x7f",
                           "/\xc3\xa4", "/%61pi", "/a?x=%", "/a?x=%1", "/a?x=%zz", "/a?%g0=1"}) {
    CAPTURE(text);
    CHECK(textOf(text) == "refused");
  }
}

TEST_CASE("the first value of a name counts") {
  Target target = parseTarget("/a?x=1&y=2&x=3").value();
  REQUIRE(target.valueOf("x") != nullptr);
  CHECK(*target.valueOf("x") == "1");
  CHECK(target.valueOf("z") == nullptr);
}

TEST_CASE("a path is cut at its slashes, and has no empty parts") {
  CHECK(partsOf("/")->empty());
  CHECK(partsOf("/a/bc") == std::vector<std::string_view>{"a", "bc"});
  CHECK_FALSE(partsOf("/a/").has_value());
  CHECK_FALSE(partsOf("//").has_value());
  CHECK_FALSE(partsOf("/a//b").has_value());
}
