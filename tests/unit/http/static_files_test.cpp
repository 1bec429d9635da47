#include "scheduler/http/static_files.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

namespace pi::scheduler::http {
namespace {

constexpr std::array<unsigned char, 3> kBytes = {'a', 'b', 0xff};
constexpr std::array kFiles = {
    dashboard::File{.path = "/style.css", .type = "text/css", .tag = "\"51a9\"", .gzip = kBytes}};

std::string headerOf(const Answer& answer, const std::string& name) {
  auto found = std::ranges::find(answer.headers, name, [](const auto& each) { return each.first; });
  return found == answer.headers.end() ? "" : found->second;
}

}  // namespace

TEST_CASE("a file is sent compressed, with its tag, and browsers ask for it each time") {
  Answer answer = staticFile(kFiles, "/style.css", "");
  CHECK(answer.status == 200);
  CHECK(answer.type == "text/css");
  CHECK(answer.caching == "no-cache");
  CHECK(answer.body == "ab\xff");
  CHECK(headerOf(answer, "Content-Encoding") == "gzip");
  CHECK(headerOf(answer, "ETag") == "\"51a9\"");
}

TEST_CASE("a browser that has the file gets 304 and no bytes") {
  for (const char* known : {"\"51a9\"", "W/\"51a9\"", "\"other\", \"51a9\""}) {
    CAPTURE(known);
    Answer answer = staticFile(kFiles, "/style.css", known);
    CHECK(answer.status == 304);
    CHECK(answer.body.empty());
    CHECK(headerOf(answer, "ETag") == "\"51a9\"");
    CHECK(headerOf(answer, "Content-Encoding").empty());
  }
  for (const char* other : {"\"51a\"", "51a9", "*"}) {
    CAPTURE(other);
    CHECK(staticFile(kFiles, "/style.css", other).status == 200);
  }
}

TEST_CASE("a build without the dashboard says that, and where its page is") {
  Answer answer = staticFile({}, "/style.css", "");
  CHECK(answer.status == 404);
  CHECK(answer.body.find("/plain") != std::string::npos);
}

}  // namespace pi::scheduler::http
