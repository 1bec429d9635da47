#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <string>

namespace pi::tidy {
namespace {

// What readelf says of a program.
std::string described(const std::string& program, const std::string& options) {
  std::string command = "LC_ALL=C readelf -W " + options + " '" + program + "' 2>/dev/null";
  FILE* output = ::popen(command.c_str(), "r");
  REQUIRE(output != nullptr);
  std::string text;
  std::array<char, 4096> piece{};
  while (std::size_t count = std::fread(piece.data(), 1, piece.size(), output)) {
    text.append(piece.data(), count);
  }
  ::pclose(output);
  return text;
}

// The line with `part` in it, or "".
std::string lineWith(const std::string& part, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) != line.npos) return line;
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("the programs are built so that a mistake in memory is hard to exploit") {
  for (const std::string program : {PI_SCHEDULER, PI_WORKER, PI_CLIENT}) {
    CAPTURE(program);
    std::string header = described(program, "--file-header");
    REQUIRE(header != "");  // It comes with every compiler.
    // Loaded where nobody can guess, ...
    CHECK(holds(lineWith("Type:", header), "DYN"));
    // ... its libraries' addresses read before it starts, into what is not written any more, ...
    CHECK(holds(described(program, "--dynamic"), "BIND_NOW"));
    std::string segments = described(program, "--program-headers");
    CHECK(lineWith("GNU_RELRO", segments) != "");
    // ... no code on the stack, and its end watched over, ...
    CHECK(holds(lineWith("GNU_STACK", segments), " RW "));
    std::string symbols = described(program, "--dyn-syms");
    CHECK(holds(symbols, "__stack_chk_fail"));
    // ... and the C library's functions told how much room there is.
    CHECK(lineWith("_chk@", symbols) != "");
  }
}

}  // namespace pi::tidy
