#include "scheduler/allocation/text/shell_words.h"

#include <doctest/doctest.h>

namespace pi::allocation {
namespace {

using Words = std::vector<std::string>;

Words wordsOf(const std::string& text) {
  Parsed<Words> parsed = shellWords(text);
  REQUIRE(parsed.error == "");
  return *parsed.value;
}

std::string errorOf(const std::string& text) {
  Parsed<Words> parsed = shellWords(text);
  CHECK(!parsed.value);
  CHECK(parsed.error.find('\n') == std::string::npos);
  return parsed.error;
}

}  // namespace

TEST_CASE("text is split at spaces and tabs") {
  CHECK(wordsOf("").empty());
  CHECK(wordsOf("  ").empty());
  CHECK(wordsOf("--partition=a --account=x") == Words{"--partition=a", "--account=x"});
  CHECK(wordsOf("  -p\ta  ") == Words{"-p", "a"});
}

TEST_CASE("quotes and backslashes keep spaces, as in a shell") {
  CHECK(wordsOf("--comment='two words'") == Words{"--comment=two words"});
  CHECK(wordsOf("--comment=\"two words\" x") == Words{"--comment=two words", "x"});
  CHECK(wordsOf("a\\ b") == Words{"a b"});
  CHECK(wordsOf("'' \"\"") == Words{"", ""});
  CHECK(wordsOf("'a'\"b\"c") == Words{"abc"});
  CHECK(wordsOf(R"('\' "\\" "\"" "\x" \')") == Words{"\\", "\\", "\"", "\\x", "'"});
}

TEST_CASE("characters that no shell sees are themselves") {
  CHECK(wordsOf("--constraint=a|b&c --exclude=n[1-4] ~ * ;") ==
        Words{"--constraint=a|b&c", "--exclude=n[1-4]", "~", "*", ";"});
  CHECK(wordsOf("'$HOME' \\$HOME \"\\$HOME\" '`id`'") == Words{"$HOME", "$HOME", "$HOME", "`id`"});
}

TEST_CASE("text that a shell would replace, or that has no end, is an error") {
  CHECK(errorOf("--chdir=$HOME") ==
        "\"--chdir=$HOME\" has a $, and no shell reads it; write the value itself, or \\$ for the "
        "character");
  CHECK(errorOf("\"`id`\"").find("has a `") != std::string::npos);
  CHECK(errorOf("a 'b") == "\"a 'b\" has a ' without its end; add one");
  CHECK(errorOf("a \"b").find("has a \" without its end") != std::string::npos);
  CHECK(errorOf("a\\").find("ends with a backslash") != std::string::npos);
}

TEST_CASE("quoted words are read back as they were") {
  for (const Words& words :
       {Words{"sbatch", "--time=60"}, Words{"a b", "", "it's", "$x", "\"", "\\", "a|b", "\t"}}) {
    CHECK(wordsOf(shellText(words)) == words);
  }
  CHECK(shellText({"sbatch", "--constraint=a|b"}) == "sbatch '--constraint=a|b'");
  CHECK(shellQuoted("it's") == "'it'\\''s'");
}

}  // namespace pi::allocation
