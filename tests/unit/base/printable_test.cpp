#include "common/base/printable.h"

#include <doctest/doctest.h>

namespace pi {
namespace {

TEST_CASE("control characters are replaced, other text is kept") {
  CHECK(printable("node-1 ± ü") == "node-1 ± ü");
  CHECK(printable("\x1b[2J\r\n\t\x7f") == "?[2J????");
  CHECK(printable("a\xC2\x9B"
                  "31m") == "a?31m");
  CHECK(printable("\xC2") == "\xC2");
}

TEST_CASE("a quotation of a long text is short") {
  CHECK(quoted("x\n") == "\"x?\"");
  CHECK(quoted(std::string(1000, 'x')).size() < 70);
}

TEST_CASE("text is shortened between characters, and only if it is long") {
  CHECK(shortened("node-1") == "node-1");
  CHECK(shortened(std::string(64, 'x')) == std::string(64, 'x'));
  CHECK(shortened(std::string(65, 'x')) == std::string(61, 'x') + "...");
  CHECK(shortened(std::string(60, 'x') + "üüü") == std::string(60, 'x') + "...");
}

TEST_CASE("a character of several bytes takes one column") {
  CHECK(columnsOf("") == 0);
  CHECK(columnsOf("3.1 ± 0.2") == 9);
}

}  // namespace
}  // namespace pi
