#include "common/base/printable.h"

#include <doctest/doctest.h>

namespace pi {
namespace {

TEST_CASE("control characters do not reach a terminal, other text does") {
  CHECK(printable("node-1 ± ü") == "node-1 ± ü");
  CHECK(printable("\x1b[2J\r\n\t\x7f") == "?[2J????");
  CHECK(printable("a\xC2\x9B"
                  "31m") == "a?31m");
  CHECK(printable("\xC2") == "\xC2");
}

TEST_CASE("a quotation is short however long the text is") {
  CHECK(quoted("x\n") == "\"x?\"");
  CHECK(quoted(std::string(1000, 'x')).size() < 70);
}

TEST_CASE("what is shortened for a log line keeps whole characters, and is left alone if short") {
  CHECK(shortened("node-1") == "node-1");
  CHECK(shortened(std::string(64, 'x')) == std::string(64, 'x'));
  CHECK(shortened(std::string(65, 'x')) == std::string(61, 'x') + "...");
  CHECK(shortened(std::string(60, 'x') + "üüü") == std::string(60, 'x') + "...");
}

TEST_CASE("a character takes one column however many bytes it has") {
  CHECK(columnsOf("") == 0);
  CHECK(columnsOf("3.1 ± 0.2") == 9);
}

}  // namespace
}  // namespace pi
