#include "common/base/printable.h"

#include <doctest/doctest.h>

namespace pi {
namespace {

TEST_CASE("control characters are replaced, other text is kept") {
  CHECK(printable("node-1 ± ü") == "node-1 ± ü");
  CHECK(printable("\x1b[2J\r\n\t\x7f") == "?[2J????");
  CHECK(printable("a\xC2\x9B"
                  "31m") == "a?31m");
}

TEST_CASE("text that is no UTF-8 is replaced byte by byte") {
  CHECK(printable("a\x9B"
                  "31m") == "a?31m");              // A control sequence in the old 8-bit sets.
  CHECK(printable("\xC2") == "?");                 // Cut off.
  CHECK(printable("\xC0\xAF") == "??");            // Longer than necessary.
  CHECK(printable("\xED\xA0\x80") == "???");       // A surrogate.
  CHECK(printable("\xF4\x90\x80\x80") == "????");  // Beyond U+10FFFF.
  CHECK(printable("\xF0\x9F\x98\x80") == "\xF0\x9F\x98\x80");
}

TEST_CASE("characters that turn text around, break lines, or cannot be seen are replaced") {
  CHECK(printable("a\xE2\x80\xAE"
                  "b") == "a?b");  // U+202E, right-to-left override.
  CHECK(printable("a\xE2\x80\xA8"
                  "b") == "a?b");  // U+2028, line separator.
  CHECK(printable("a\xE2\x80\x8B"
                  "b") == "a?b");  // U+200B, zero width space.
  CHECK(printable("a\xC2\xA0"
                  "b") == "a?b");  // U+00A0, no-break space.
  CHECK(printable("a\xEF\xBB\xBF"
                  "b") == "a?b");  // U+FEFF, byte order mark.
  CHECK(printable("a\xF3\xA0\x81\x81"
                  "b") == "a?b");  // U+E0041, a tag.
  CHECK(printable("a b\xE2\x80\x90\xE4\xB8\xAD") == "a b\xE2\x80\x90\xE4\xB8\xAD");
}

TEST_CASE("a front of a text ends between characters") {
  CHECK(frontOf("\xC3\xBC\xC3\xBC", 3) == "\xC3\xBC");
  CHECK(frontOf("\xC3\xBC\xC3\xBC", 4) == "\xC3\xBC\xC3\xBC");
  CHECK(frontOf("ab", 100) == "ab");
  CHECK(frontOf("\xBC\xBC", 1).empty());
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

}  // namespace
}  // namespace pi
