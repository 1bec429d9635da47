#include "common/base/text_width.h"

#include <doctest/doctest.h>

#include <clocale>

namespace pi {
namespace {

// Sets the locale for characters, and restores the old one at the end.
class WithLocale {
 public:
  explicit WithLocale(const char* locale) : old_(std::setlocale(LC_CTYPE, nullptr)) {
    REQUIRE(std::setlocale(LC_CTYPE, locale) != nullptr);
  }
  ~WithLocale() { std::setlocale(LC_CTYPE, old_.c_str()); }
  WithLocale(const WithLocale&) = delete;
  WithLocale& operator=(const WithLocale&) = delete;

 private:
  std::string old_;
};

TEST_CASE("a character of several bytes takes one column") {
  CHECK(columnsOf("") == 0);
  CHECK(columnsOf("3.1 ± 0.2") == 9);
  CHECK(columnsOf("\xC3") == 1);
  CHECK(columnsOf("\xE4x") == 2);
}

TEST_CASE("in a UTF-8 locale a wide character takes two columns, and an accent none") {
  WithLocale utf8("C.UTF-8");
  CHECK(columnsOf("node-计算") == 9);
  CHECK(columnsOf("e\u0301") == 1);
  CHECK(columnsOf("3.1 ± 0.2") == 9);
}

TEST_CASE("text is cut between characters") {
  WithLocale utf8("C.UTF-8");
  CHECK(cutTo("abc", 5) == "abc");
  CHECK(cutTo("abc", 2) == "ab");
  CHECK(cutTo("ü±x", 2) == "ü±");
  CHECK(cutTo("计算", 3) == "计");
  CHECK(cutTo("abc", 0) == "");
}

TEST_CASE("text is wrapped at blanks, and a word that is too long has its own line") {
  CHECK(wrapped("one two three", 0, 0, 80) == "one two three");
  CHECK(wrapped("one two three", 2, 0, 8) == "one two\n  three");
  CHECK(wrapped("one two", 4, 4, 8) == "one\n    two");
  CHECK(wrapped("incomprehensible x", 0, 0, 5) == "incomprehensible\nx");
  CHECK(wrapped("", 0, 0, 5) == "");
}

}  // namespace
}  // namespace pi
