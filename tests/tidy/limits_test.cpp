#include "tests/tidy/limits.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/tidy/testing.h"

namespace pi::tidy {
namespace {

const std::string kHeading = "| limit | value | beyond it | constant |\n|---|---|---|---|\n";

std::string wrong(const std::string& row, const std::string& header) {
  return joined(wrongLimits({sourceFile("SECURITY.md", kHeading + row + "\n"),
                             sourceFile("common/net/limits.h", header)}));
}

}  // namespace

TEST_CASE("every limit in SECURITY.md is a constant of the code, with the same value") {
  CHECK(joined(wrongLimits(tree())) == "");

  const std::string row = "| calls, and their words | 1,024, and 64 Ki | closed | `kA`, `kB` |";
  const std::string header = "constexpr int kA = 1'024;\nconstexpr std::size_t kB = 64 << 10;\n";
  CHECK(wrong(row, header) == "");
  CHECK(wrong(row, "constexpr int kA = 1'024;\nconstexpr int kB = 64;\n") ==
        "\nSECURITY.md:3: kB is 64 in common/net/limits.h, 65536 here");
  CHECK(wrong(row, "constexpr int kA = 1024;\n") == "\nSECURITY.md:3: no header defines kB");
  CHECK(wrong("| calls | 5 | closed | `kA`, `kB` |", header) ==
        "\nSECURITY.md:3: 1 numbers, but 2 constants");
  CHECK(wrong("| entries | one | closed | |", "") == "\nSECURITY.md:3: names no constant");
  CHECK(wrong(row, header + "constexpr int kA = 9;\n").find("kA is 9") != std::string::npos);
}

TEST_CASE("a row names the header of a constant that no limits.h defines") {
  SourceFile header = sourceFile("worker/outbox.h", "constexpr int kA = 5;\n");
  auto wrongWith = [&](const std::string& cell) {
    return joined(wrongLimits(
        {sourceFile("SECURITY.md", kHeading + "| calls | 5 | closed | " + cell + " |\n"), header}));
  };
  CHECK(wrongWith("`kA`") == "\nSECURITY.md:3: name the header: worker/outbox.h");
  CHECK(wrongWith("`kA` in `worker/inbox.h`") ==
        "\nSECURITY.md:3: name the header: worker/outbox.h");
  CHECK(wrongWith("`kA` in `worker/outbox.h`") == "");
}

TEST_CASE("every constant of a limits.h has a row in SECURITY.md, or says why it has none") {
  CHECK(joined(unlistedLimits(tree())) == "");

  SourceFile security =
      sourceFile("SECURITY.md", kHeading + "| calls | 5 | closed | `kCallsMax` |\n");
  auto unlisted = [&](const std::string& code) {
    return joined(unlistedLimits({security, sourceFile("worker/limits.h", code)}));
  };
  const std::string other = "constexpr int kOtherMax = 6;\n";
  CHECK(unlisted("constexpr int kCallsMax = 5;\n") == "");
  CHECK(unlisted(other) == "\nworker/limits.h:1: kOtherMax has no row in SECURITY.md");
  CHECK(unlisted("// Not in SECURITY.md: only our own\n// code sets it.\n" + other) == "");
  CHECK(unlisted("// Not in SECURITY.md: ours.\nint a();\n" + other) != "");
}

TEST_CASE("a constant with the name of a limit is in a limits.h, or says why not") {
  auto misplaced = [](const std::string& path, const std::string& code) {
    return joined(unlistedLimits({sourceFile(path, code)}));
  };
  const std::string most = "inline constexpr int kCallsMax = 5;\n";
  CHECK(misplaced("worker/core/outbox.h", most) ==
        "\nworker/core/outbox.h:1: kCallsMax belongs into a limits.h");
  CHECK(misplaced("worker/core/outbox.h", "inline constexpr Duration kCallTimeout{5};\n") != "");
  CHECK(misplaced("worker/core/outbox.h", "// Not in SECURITY.md: ours.\n" + most) == "");
  CHECK(misplaced("worker/core/outbox.h", "inline constexpr int kCalls = 5;\n") == "");
  CHECK(misplaced("worker/core/outbox.h", "void f() {\n  constexpr int kMax = 5;\n}\n") == "");
  CHECK(misplaced("worker/core/outbox.cpp", "\n" + most) ==
        "\nworker/core/outbox.cpp:2: kCallsMax belongs into a limits.h");
  CHECK(misplaced("worker/core/outbox.cpp", "// Not in SECURITY.md: ours.\n" + most) == "");
  CHECK(misplaced("worker/affinity.cpp", most) == "");
  CHECK(misplaced("tests/net/testing.h", most) == "");
}

TEST_CASE("a limit is evaluated as the compiler does") {
  SourceFile header = sourceFile("common/a.h", R"(
inline constexpr std::chrono::seconds kShort{5};
inline constexpr std::uint64_t kBytes = std::uint64_t{2} * 1024 * 1024;  // = 2 MiB;
struct Config {
  Duration timeout = 15s;
  std::size_t jobsMax = 10'000;
};
)");
  Constants constants = constantsIn({header});
  auto value = [&](const std::string& text) { return valueOf(text, constants); };
  CHECK(value("kShort") == 5);
  CHECK(value("3 * kShort + 1s") == 16);
  CHECK(value("kBytes / 2") == 1024 * 1024);
  CHECK(value("timeout") == 15);
  CHECK(value("jobsMax") == 10'000);
  CHECK(value("std::chrono::milliseconds(20)") == doctest::Approx(0.02));
  CHECK(value("(1u << 20) - 1") == (1 << 20) - 1);
  CHECK(value("10 * kj::SECONDS") == 10);
  CHECK(value("1e15") == 1e15);
  CHECK_THROWS_AS(value("kUnknown"), std::invalid_argument);
  CHECK_THROWS_AS(value("f(3)"), std::invalid_argument);
}

TEST_CASE("the numbers of a limit are read with their units") {
  CHECK(valuesIn("128 KiB, and 512 MiB in all") ==
        std::vector<Value>{128.0 * 1024, 512.0 * 1024 * 1024});
  CHECK(valuesIn("10^15 samples/s") == std::vector<Value>{1e15});
  CHECK(valuesIn("8,192 each; 1.5 s") == std::vector<Value>{8192, 1.5});
  CHECK(valuesIn("none").empty());
}

}  // namespace pi::tidy
