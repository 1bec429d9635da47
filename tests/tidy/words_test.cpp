#include "tests/tidy/words.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/tidy/testing.h"

namespace pi::tidy {
namespace {

std::string inComment(const std::string& text) {
  return offence(unplainWords, "a.h", "// " + text + "\n");
}

}  // namespace

TEST_CASE("comments, messages, test names and documents use plain words") {
  CHECK(offenders(unplainWords) == "");

  for (std::string text : {"Whoever comes.",
                           "It told nobody.",
                           "It heeds it.",
                           "Ten at the most.",
                           "It gives way.",
                           "It is no more needed.",
                           "It is no more; less than that.",
                           "It runs no more.",
                           "Likewise here.",
                           "Done by then.",
                           "Dials anew",
                           "All peers are giving way.",
                           "Everybody may.",
                           "It is sent all the same.",
                           "The job goes on.",
                           "It went on.",
                           "Somebody waits.",
                           "It computes rightly.",
                           "It ends for want of room.",
                           "He waits.",
                           "A user of her own.",
                           "It counts the time himself."}) {
    CAPTURE(text);
    CHECK_FALSE(inComment(text).empty());
    CHECK_FALSE(offence(unplainWords, "README.md", text + "\n").empty());
    CHECK_FALSE(offence(unplainWords, "a.cpp", "TEST_CASE(\"" + text + "\")\n").empty());
  }
  for (std::string text :
       {"No more than ten.", "No more memory and disk than that.", "There is no more input.",
        "It is needed.", "A renewal.", "At most ten."}) {
    CAPTURE(text);
    CHECK(inComment(text).empty());
  }
}

TEST_CASE("an unplain phrase is found across a line break") {
  CHECK(offence(unplainWords, "a.h", "\n// It waits for\n// ever.\n").starts_with("a.h:2:"));
  CHECK(offence(unplainWords, "scripts/a", "# It takes ten at\n#   the most\n") != "");
}

TEST_CASE("no sentence begins with Of, or with a What that is no question") {
  for (std::string text : {"Of UTF-8.", "It ends.  What is left is lost.", "What it holds.",
                           "Ends here: What else."}) {
    CAPTURE(text);
    CHECK_FALSE(inComment(text).empty());
    CHECK_FALSE(offence(unplainWords, "a.cpp", "log(\"" + text + "\");\n").empty());
  }
  CHECK_FALSE(offence(unplainWords, "a/CMakeLists.txt", "f()\n# What is built.\n").empty());
  CHECK_FALSE(offence(unplainWords, "README.md", "## What it is\n").empty());
  CHECK_FALSE(offence(unplainWords, "README.md", "| What | how much |\n").empty());
  for (std::string text : {"What is lost?", "The value of What.", "Off it goes.", "Whatever."}) {
    CAPTURE(text);
    CHECK(inComment(text).empty());
  }
  CHECK_FALSE(offence(unplainWords, "a.h", "// ---- what the core wants ----\n").empty());
  CHECK(offence(unplainWords, "a.h", "// ---- the core's actions ----\n").empty());
  CHECK(offence(unplainWords, "a.h", "// A long sentence says\n// What it means.\n").empty());
  CHECK(offence(unplainWords, "a.h", "template <typename What>\n").empty());
}

TEST_CASE("no name of a test begins with of, what or who") {
  for (std::string text : {"of two leases one ends", "what is lent is known", "who waits is served",
                           "What is lent is known"}) {
    CAPTURE(text);
    const std::string name = "\"" + text + "\"";
    CHECK(
        offence(unplainWords, "a.cpp", "\nTEST_CASE(" + name + ") {\n}\n").starts_with("a.cpp:2:"));
    CHECK(offence(unplainWords, "a.cpp", "TEST_CASE(\n    " + name + ") {\n}\n")
              .starts_with("a.cpp:2"));
    CHECK_FALSE(offence(unplainWords, "a.test.ts", "test(" + name + ", () => {});\n").empty());
    CHECK_FALSE(offence(unplainWords, "CMakeLists.txt", "add_test(NAME " + name + ")\n").empty());
  }
  for (std::string text :
       {"one of two leases ends", "offers are taken", "whatever is lent is known"}) {
    CAPTURE(text);
    CHECK(offence(unplainWords, "a.cpp", "TEST_CASE(\"" + text + "\") {\n}\n").empty());
  }
  CHECK(offence(unplainWords, "a.cpp", "commit(\"of two\");\n").empty());
}

}  // namespace pi::tidy
