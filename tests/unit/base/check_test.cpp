#include "common/base/check.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>

namespace pi {
namespace {

enum class Colour : std::uint8_t { kRed, kBlue };

struct Silent {
  bool operator==(const Silent&) const { return false; }
};

// The text that `body` prints to stderr in a process of its own, if SIGABRT ends that process.
template <typename Body>
std::optional<std::string> lastWords(const Body& body) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  ::pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);  // doctest's handler would report a failed test.
    ::dup2(ends[1], STDERR_FILENO);
    body();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  std::array<char, 512> piece{};
  for (::ssize_t size; (size = ::read(ends[0], piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  bool isAborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
  return isAborted ? std::optional(text) : std::nullopt;
}

bool contains(const std::optional<std::string>& text, const std::string& part) {
  return text && text->find(part) != text->npos;
}

TEST_CASE("a check that holds does nothing") {
  CHECK(lastWords([] { PI_CHECK(1 + 1 == 2); }) == std::nullopt);
  CHECK(lastWords([] { PI_CHECK(true); }) == std::nullopt);
  CHECK(lastWords([] { PI_CHECK(-1 < 1U); }) == std::nullopt);
}

TEST_CASE("a check that fails aborts, and says where, what, and both values") {
  auto words = lastWords([] {
    std::uint64_t counted = 7;
    PI_CHECK(counted <= 5U);
  });

  CHECK(contains(words, "check_test.cpp:"));
  CHECK(contains(words, "PI_CHECK(counted <= 5U) failed: 7 <= 5"));
}

TEST_CASE("a check shows signs, enums, times, text and pointers") {
  CHECK(contains(lastWords([] { PI_CHECK(-1 > 0U); }), "-1 > 0"));
  CHECK(contains(lastWords([] { PI_CHECK(Colour::kRed == Colour::kBlue); }), "0 == 1"));
  CHECK(contains(lastWords([] { PI_CHECK(std::chrono::seconds(2) < std::chrono::seconds(1)); }),
                 "2 < 1"));
  CHECK(contains(lastWords([] { PI_CHECK(std::string("a") == "b"); }), "\"a\" == \"b\""));
  CHECK(contains(lastWords([] {
                   int* nothing = nullptr;
                   PI_CHECK(nothing != nullptr);
                 }),
                 "null != null"));
}

TEST_CASE("a check without values to show prints its expression") {
  CHECK(contains(lastWords([] { PI_CHECK(Silent{} == Silent{}); }), "failed: ? == ?"));
  CHECK(contains(lastWords([] { PI_CHECK(false); }), "PI_CHECK(false) failed"));
}

}  // namespace
}  // namespace pi
