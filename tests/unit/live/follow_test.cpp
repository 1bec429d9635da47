#include "scheduler/live/follow.h"

#include <doctest/doctest.h>

#include <string>

namespace pi::scheduler::live {
namespace {

Follow read(const std::string& text) {
  auto found = parseFollow(text);
  CAPTURE(text);
  CHECK(found.error == "");
  REQUIRE(found.value);
  return *found.value;
}

std::string listOf(std::size_t count) {
  std::string list = "[";
  for (std::size_t i = 1; i <= count; ++i) list += (i == 1 ? "" : ",") + std::to_string(i);
  return list + "]";
}

TEST_CASE("a viewer says which jobs and workers it follows") {
  CHECK(read(R"({"jobs": [7, 5], "workers": [12000000001]})") ==
        Follow{.jobs = {JobId{7}, JobId{5}}, .workers = {WorkerId{12000000001}}});
  CHECK(read("{}") == Follow{});
  CHECK(read(R"({"workers": [2, 2, 3]})").workers.size() == 2);
  CHECK(read(R"({"jobs": )" + listOf(8) + R"(, "workers": )" + listOf(256) + "}").jobs.size() == 8);
}

TEST_CASE("every other text is refused with a sentence that fits into a close frame") {
  for (const std::string& text :
       {std::string(), std::string("hello"), std::string("[1]"), std::string("{\"jobs\": 7}"),
        std::string("{\"jobs\": [-1]}"), std::string("{\"jobs\": [1.5]}"),
        std::string("{\"jobs\": [\"1\"]}"), std::string("{\"jobs\": [[1]]}"),
        std::string("{\"other\": []}"), std::string("{\"jobs\": [1]"),
        std::string("{\"jobs\": [18446744073709551616]}"), std::string("\xff\xfe"),
        std::string(8000, '['), "{\"jobs\": " + listOf(9) + "}",
        "{\"workers\": " + listOf(257) + "}"}) {
    CAPTURE(text);
    auto found = parseFollow(text);
    CHECK_FALSE(found.value);
    CHECK(found.error.size() >= 10);
    CHECK(found.error.size() <= 123);
  }
}

}  // namespace
}  // namespace pi::scheduler::live
