#include <doctest/doctest.h>

#include <string>

#include "tests/tidy/rules.h"
#include "tests/tidy/testing.h"

namespace pi::tidy {
namespace {

std::string functionOf(std::size_t lines, const std::string& indent) {
  std::string body;
  for (std::size_t i = 2; i < lines; ++i) body += indent + "  work();\n";
  return indent + "void f(int a,\n" + indent + "       int b) {\n" + body + indent + "}\n";
}

}  // namespace

TEST_CASE("the rules read the whole tree") {
  auto has = [](const std::string& path) {
    for (const SourceFile& file : tree()) {
      if (file.path == path) return !file.lines.empty();
    }
    return false;
  };
  CHECK(has("CMakeLists.txt"));
  CHECK(has(".clang-format"));
  CHECK(has("common/model/tally.h"));
  CHECK(has("scripts/run"));
}

TEST_CASE("only the loop and the store read a clock, in one file each") {
  CHECK(offenders(clockReadings) == "");

  const char* text = "\nauto now = std::chrono::steady_clock::now();\n";
  CHECK(offence(clockReadings, "worker/reactor.cpp", text).starts_with("worker/reactor.cpp:2:"));
  CHECK(offence(clockReadings, "common/net/loop/clock.cpp", text).empty());
  CHECK_FALSE(offence(clockReadings, "scheduler/store/database.cpp", text).empty());
}

TEST_CASE("only the client's results and the scheduler's addresses are written to stdout") {
  CHECK(offenders(strayOutput) == "");

  const char* text = "std::cout << pi;";
  CHECK_FALSE(offence(strayOutput, "worker/reactor.cpp", text).empty());
  CHECK_FALSE(offence(strayOutput, "scheduler/a.cpp", "std::fputs(text, stdout);").empty());
  CHECK_FALSE(offence(strayOutput, "scheduler/a.cpp", "std::fprintf(stdout, text);").empty());
  CHECK(offence(strayOutput, "worker/main.cpp", text).empty());
  CHECK(offence(strayOutput, "worker/a.cpp", "std::fprintf(stderr, text);").empty());
}

TEST_CASE("one file decodes the type of KJ's exceptions") {
  CHECK(offenders(decodedExceptions) == "");

  const char* text = "\nif (error.getType() == kj::Exception::Type::FAILED) return;\n";
  CHECK(offence(decodedExceptions, "client/run.cpp", text).starts_with("client/run.cpp:2:"));
  CHECK(offence(decodedExceptions, "common/net/transport/connect_error.cpp", text).empty());
  CHECK(offence(decodedExceptions, "tests/net/a.cpp", text).empty());
}

TEST_CASE("lines have at most 100 characters, those of documents 120") {
  CHECK(offenders(longLines) == "");

  CHECK(offence(longLines, "a.cpp", "\n" + std::string(101, 'a')).starts_with("a.cpp:2:"));
  CHECK(offence(longLines, "a.cpp", std::string(98, 'a') + "π±").empty());
  CHECK(offence(longLines, "a.md", std::string(120, 'a')).empty());
  CHECK(offence(longLines, "a.md", std::string(121, 'a')).starts_with("a.md:1:"));
  CHECK(offence(longLines, "a.md", "| " + std::string(121, 'a')).empty());
  CHECK(offence(longLines, "a.md", "    " + std::string(121, 'a')).empty());
}

TEST_CASE("functions have at most 70 lines") {
  CHECK(offenders(longFunctions) == "");

  CHECK(offence(longFunctions, "a.cpp", functionOf(70, "")) == "a.cpp:1: a function of 71 lines");
  CHECK(offence(longFunctions, "a.cu", functionOf(70, "")) == "a.cu:1: a function of 71 lines");
  CHECK(offence(longFunctions, "a.cpp", "class A {\n" + functionOf(70, "  ") + "};") ==
        "a.cpp:2: a function of 71 lines");
  CHECK(offence(longFunctions, "a.cpp", functionOf(69, "") + "\n" + functionOf(69, "")).empty());
}

TEST_CASE("ctest runs every test: no name has a semicolon") {
  CHECK(offenders(cutTestNames) == "");

  CHECK(offence(cutTestNames, "a.cpp", "\nTEST_CASE(\"one; two\") {\n  f();\n}")
            .starts_with("a.cpp:2:"));
  CHECK_FALSE(offence(cutTestNames, "a.cpp", "TEST_CASE(\n    \"one; \"\n    \"two\") {").empty());
  CHECK(offence(cutTestNames, "a.cpp", "TEST_CASE(\"one, two\") {\n  f();\n}").empty());
}

TEST_CASE("no tabs, no FIXME, no XXX, and every TODO names its kind") {
  CHECK(offenders(forbiddenWords) == "");

  for (std::string text : {"a\tb", "// FIXME later", "// XXX", "// TODO: later", "// TODO"}) {
    CAPTURE(text);
    CHECK_FALSE(offence(forbiddenWords, "a.cpp", text).empty());
  }
  CHECK(offence(forbiddenWords, "a.cpp", "// TODO(perf): batch these.").empty());
  CHECK(offence(forbiddenWords, "scripts/a", "mktemp -d a.XXXXXX").empty());
}

TEST_CASE("no file names a folder of one developer's machine") {
  CHECK(offenders(machinePaths) == "");

  CHECK_FALSE(offence(machinePaths, "README.md", "Look in /home/me.").empty());
  CHECK_FALSE(offence(machinePaths, "a.cmake", "set(a \"/work/main\")").empty());
  CHECK(offence(machinePaths, "README.md", "Look in /home/someone.").empty());
  CHECK(offence(machinePaths, "a.cpp", "GET /workers and tests/work/a").empty());
}

TEST_CASE("a header opens with a sentence on its purpose") {
  CHECK(offenders(shapelessHeaders) == "");

  CHECK_FALSE(offence(shapelessHeaders, "a.h", "#pragma once\n").empty());
  CHECK_FALSE(offence(shapelessHeaders, "a.h", "// Some things.\n#include <a>\n").empty());
  CHECK_FALSE(offence(shapelessHeaders, "a.h", "// a.h\n#pragma once\n").empty());
  CHECK(offence(shapelessHeaders, "a.h", "// Things that\n// add up.\n#pragma once\n").empty());
}

TEST_CASE("scripts are executable") {
  CHECK(offenders(unusableScripts) == "");

  CHECK_FALSE(offence(unusableScripts, "scripts/a", "#!/usr/bin/env bash\n").empty());
}

TEST_CASE("every .cpp file is built") {
  CHECK(joined(unbuiltFiles(tree())) == "");

  SourceFile built = sourceFile("a/b/c.cpp", ""), forgotten = sourceFile("a/b/bc.cpp", "");
  CHECK(unbuiltFiles({built, forgotten, sourceFile("a/CMakeLists.txt", "  b/c.cpp\n")}) ==
        Offences{"a/b/bc.cpp:1: no CMakeLists.txt builds it"});
  CHECK(unbuiltFiles({built, sourceFile("x/CMakeLists.txt", "  b/c.cpp\n")}).size() == 1);
  CHECK(unbuiltFiles({built, sourceFile("CMakeLists.txt", "a(${CMAKE_SOURCE_DIR}/a/b/c.cpp)")})
            .empty());
}

TEST_CASE("documents name files that exist") {
  CHECK(joined(deadPaths(tree())) == "");

  SourceFile code = sourceFile("common/base/a.h", ""), page = sourceFile("docs/a.md", "");
  auto dead = [&](const std::string& path, const std::string& text) {
    return !deadPaths({code, page, sourceFile(path, text)}).empty();
  };
  CHECK(dead("README.md", "See `common/base/b.h`."));
  CHECK(dead("README.md", "See [b](docs/b.md)."));
  CHECK(dead("docs/c.md", "See [a](docs/a.md)."));
  CHECK_FALSE(dead("README.md", "See `common/base/a.h`, `common/base/a`, `common/base`."));
  CHECK_FALSE(dead("README.md", "See [a](docs/a.md#part) and [that](https://a.example/b)."));
  CHECK_FALSE(dead("docs/c.md", "See [a](a.md)."));
}

TEST_CASE("the version number is in one file") {
  CHECK(joined(repeatedVersions(tree())) == "");

  SourceFile root = sourceFile("CMakeLists.txt", "project(pi VERSION 7.3.1 LANGUAGES CXX)\n");
  CHECK(repeatedVersions({root, sourceFile("a.h", "// As in 7.3.10.\n")}).empty());
  CHECK(repeatedVersions({root, sourceFile("a.h", "\n// \"7.3.1\"\n")}) ==
        Offences{"a.h:2: repeats the version number"});
}

}  // namespace pi::tidy
