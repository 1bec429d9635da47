#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace pi::tidy {
namespace {

// The output of readelf for a program.
std::string readelf(const std::string& program, const std::string& options) {
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

// The compiler's options that make a mistake in memory hard to exploit, as far as it has them.
const std::string kOptions[] = {
    "-fstack-protector-strong", "-fstack-clash-protection", "-fPI",  // -fPIC or -fPIE
    "-D_GLIBCXX_ASSERTIONS",
#ifdef __x86_64__
    "-fcf-protection=full",
#endif
#if defined(__has_builtin) && __has_builtin(__builtin_dynamic_object_size)
    "-D_FORTIFY_SOURCE=3",
#else
    "-D_FORTIFY_SOURCE=2",
#endif
};

}  // namespace

TEST_CASE("every file, the generated code of the schema too, is compiled with checks of memory") {
  std::ifstream commands(PI_COMPILE_COMMANDS);
  std::size_t files = 0;
  bool isSchemaSeen = false;
  for (std::string line; std::getline(commands, line);) {
    if (!holds(line, "\"command\":")) continue;
    ++files;
    isSchemaSeen = isSchemaSeen || holds(line, "pi.capnp");
    CAPTURE(line);
    for (const std::string& option : kOptions) {
      CAPTURE(option);
      CHECK(holds(line, option));
    }
  }
  CHECK(files > 100);
  CHECK(isSchemaSeen);
}

TEST_CASE("the programs are built so that a mistake in memory is hard to exploit") {
  for (const std::string program : {PI_SCHEDULER, PI_WORKER, PI_CLIENT, PI_GPU_PROGRAM}) {
    CAPTURE(program);
    std::string header = readelf(program, "--file-header");
    REQUIRE(header != "");  // readelf comes with every compiler.
    // Loaded at a random address.
    CHECK(holds(lineWith("Type:", header), "DYN"));
    // All symbols are resolved at the start, and their tables are read-only afterwards.
    CHECK(holds(readelf(program, "--dynamic"), "BIND_NOW"));
    std::string segments = readelf(program, "--program-headers");
    CHECK(lineWith("GNU_RELRO", segments) != "");
    // The stack is not executable and has canaries.
    CHECK(holds(lineWith("GNU_STACK", segments), " RW "));
    std::string symbols = readelf(program, "--dyn-syms");
    CHECK(holds(symbols, "__stack_chk_fail"));
    // The C library checks buffer sizes.
    CHECK(lineWith("_chk@", symbols) != "");
  }
}

#if defined(__x86_64__) && defined(__GLIBC__)
TEST_CASE("pi-worker-gpu needs no library but libc, of version 2.28 or later") {
  std::istringstream words(readelf(PI_GPU_PROGRAM, "--version-info"));
  int versions = 0;
  for (std::string word; words >> word;) {
    int minor = 0;
    if (std::sscanf(word.c_str(), "GLIBC_2.%d", &minor) != 1) continue;
    CAPTURE(word);
    CHECK(minor <= 28);
    ++versions;
  }
  CHECK(versions > 0);
  std::istringstream libraries(readelf(PI_GPU_PROGRAM, "--dynamic"));
  for (std::string line; std::getline(libraries, line);) {
    CAPTURE(line);
    bool isOfLibc = holds(line, "[libc.so.6]") || holds(line, "[libdl.so.2]");
    CHECK((!holds(line, "(NEEDED)") || isOfLibc));
  }
}
#endif

}  // namespace pi::tidy
