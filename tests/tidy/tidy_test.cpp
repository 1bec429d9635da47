#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/tidy/rules.h"
#include "tests/tidy/source_tree.h"

namespace pi::tidy {
namespace {

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> kTree = readTree(PI_SOURCE_DIR);
  return kTree;
}

std::string joined(const Offences& offences) {
  std::string text;
  for (const Offence& offence : offences) text += "\n" + offence;
  return text;
}

// All that breaks a rule in the whole tree, a line each; empty when nothing does.
std::string offenders(Offences (*rule)(const SourceFile&)) {
  std::string text;
  for (const SourceFile& file : tree()) text += joined(rule(file));
  return text;
}

// The first offence in a crafted file, or "".
std::string offence(Offences (*rule)(const SourceFile&), const std::string& path,
                    const std::string& text) {
  Offences offences = rule(sourceFile(path, text));
  return offences.empty() ? "" : offences.front();
}

std::string functionOf(std::size_t lines, const std::string& indent) {
  std::string body;
  for (std::size_t i = 2; i < lines; ++i) body += indent + "  work();\n";
  return indent + "void f(int a,\n" + indent + "       int b) {\n" + body + indent + "}\n";
}

}  // namespace

TEST_CASE("the whole tree is read") {
  auto has = [](const std::string& path) {
    for (const SourceFile& file : tree()) {
      if (file.path == path) return !file.lines.empty();
    }
    return false;
  };
  CHECK(has("CMakeLists.txt"));
  CHECK(has(".clang-format"));
  CHECK(has("common/base/tally.h"));
  CHECK(has("scripts/run"));
}

TEST_CASE("every file includes only what its layer may") {
  CHECK(offenders(brokenLayers) == "");

  auto broken = [](const std::string& path, const char* included) {
    return !offence(brokenLayers, path, std::string("#include ") + included).empty();
  };
  for (std::string pure :
       {"common/base/a.h", "scheduler/core/a.cpp", "worker/core/a.cpp", "worker/kernels/a.cpp"}) {
    CAPTURE(pure);
    for (const char* impure : {"<asio.hpp>", "<asio/post.hpp>", "<kj/async.h>", "<capnp/rpc.h>",
                               "<spdlog/spdlog.h>", "<thread>", "<iostream>", "<mutex>",
                               "\"common/net/loop/clock.h\"", "\"proto/pi.capnp.h\""}) {
      CHECK(broken(pure, impure));
    }
    CHECK_FALSE(broken(pure, "<vector>"));
    CHECK_FALSE(broken(pure, "\"common/base/tally.h\""));
  }
  CHECK(broken("scheduler/core/a.cpp", "\"scheduler/reactor.h\""));
  CHECK(broken("common/net/a.cpp", "\"worker/core/a.h\""));
  CHECK(broken("scheduler/reactor.cpp", "\"worker/core/a.h\""));
  CHECK(broken("worker/reactor.cpp", "\"scheduler/core/a.h\""));
  CHECK(broken("scheduler/http/a.cpp", "\"scheduler/store/a.h\""));
  CHECK(broken("scheduler/store/a.cpp", "\"common/net/loop/clock.h\""));
  CHECK(broken("scheduler/store/a.cpp", "\"scheduler/core/scheduler.h\""));
  CHECK(broken("scheduler/store/a.cpp", "<spdlog/spdlog.h>"));
  CHECK_FALSE(broken("scheduler/store/a.cpp", "<sqlite3.h>"));
  CHECK_FALSE(broken("scheduler/store/a.cpp", "<thread>"));
  CHECK(broken("worker/compute_pool.cpp", "<immintrin.h>"));
  CHECK_FALSE(broken("worker/kernels/avx2.cpp", "<immintrin.h>"));
  CHECK_FALSE(broken("worker/reactor.cpp", "<asio.hpp>"));
  CHECK_FALSE(broken("client/embedded.cpp", "\"scheduler/reactor.h\""));
}

TEST_CASE("one file reads the clock") {
  CHECK(offenders(clockReadings) == "");

  const char* text = "\nauto now = std::chrono::steady_clock::now();\n";
  CHECK(offence(clockReadings, "worker/reactor.cpp", text).starts_with("worker/reactor.cpp:2:"));
  CHECK(offence(clockReadings, "common/net/loop/clock.cpp", text).empty());
}

TEST_CASE("only what a user asked to see is written to stdout") {
  CHECK(offenders(strayOutput) == "");

  const char* text = "std::cout << pi;";
  CHECK_FALSE(offence(strayOutput, "worker/reactor.cpp", text).empty());
  CHECK(offence(strayOutput, "worker/main.cpp", text).empty());
  CHECK(offence(strayOutput, "worker/a.cpp", "std::fprintf(stderr, text);").empty());
}

TEST_CASE("lines have at most 100 characters") {
  CHECK(offenders(longLines) == "");

  CHECK(offence(longLines, "a.cpp", "\n" + std::string(101, 'a')).starts_with("a.cpp:2:"));
  CHECK(offence(longLines, "a.cpp", std::string(98, 'a') + "π±").empty());
}

TEST_CASE("functions have at most 70 lines") {
  CHECK(offenders(longFunctions) == "");

  CHECK(offence(longFunctions, "a.cpp", functionOf(70, "")) == "a.cpp:1: a function of 71 lines");
  CHECK(offence(longFunctions, "a.cpp", "class A {\n" + functionOf(70, "  ") + "};") ==
        "a.cpp:2: a function of 71 lines");
  CHECK(offence(longFunctions, "a.cpp", functionOf(69, "") + "\n" + functionOf(69, "")).empty());
}

TEST_CASE("no tabs, no FIXME, no XXX, and every TODO says its kind") {
  CHECK(offenders(forbiddenWords) == "");

  for (std::string text : {"a\tb", "// FIXME later", "// XXX", "// TODO: later", "// TODO"}) {
    CAPTURE(text);
    CHECK_FALSE(offence(forbiddenWords, "a.cpp", text).empty());
  }
  CHECK(offence(forbiddenWords, "a.cpp", "// TODO(perf): batch these.").empty());
  CHECK(offence(forbiddenWords, "scripts/a", "mktemp -d a.XXXXXX").empty());
}

TEST_CASE("no file names a folder of somebody's machine") {
  CHECK(offenders(machinePaths) == "");

  CHECK_FALSE(offence(machinePaths, "README.md", "Look in /home/me.").empty());
  CHECK_FALSE(offence(machinePaths, "a.cmake", "set(a \"/work/main\")").empty());
  CHECK(offence(machinePaths, "README.md", "Look in /home/someone.").empty());
  CHECK(offence(machinePaths, "a.cpp", "GET /workers and tests/work/a").empty());
}

TEST_CASE("a header opens with a sentence on what it is for") {
  CHECK(offenders(shapelessHeaders) == "");

  CHECK_FALSE(offence(shapelessHeaders, "a.h", "#pragma once\n").empty());
  CHECK_FALSE(offence(shapelessHeaders, "a.h", "// Some things.\n#include <a>\n").empty());
  CHECK_FALSE(offence(shapelessHeaders, "a.h", "// a.h\n#pragma once\n").empty());
  CHECK(offence(shapelessHeaders, "a.h", "// Things that\n// add up.\n#pragma once\n").empty());
}

TEST_CASE("scripts can be run") {
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

}  // namespace pi::tidy
