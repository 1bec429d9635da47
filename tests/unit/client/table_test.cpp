#include "client/table.h"

#include <doctest/doctest.h>

#include <array>

namespace pi::client {
namespace {

constexpr std::array kColumns{Column{"ID", kAlways}, Column{"NAME", 2}, Column{"RATE", 1},
                              Column{"STATE", 3}};
const std::vector<std::vector<std::string>> kRows{{"1", "ann", "5 k", "running"},
                                                  {"22", "-", "-", "queued"}};

TEST_CASE("a table without a limit has all columns, two blanks apart") {
  CHECK(table(kColumns, kRows, 0) ==
        "ID  NAME  RATE  STATE\n"
        "1   ann   5 k   running\n"
        "22  -     -     queued\n");
}

TEST_CASE("columns are left out, the least important first, until the table fits") {
  CHECK(table(kColumns, kRows, 23) == table(kColumns, kRows, 0));
  CHECK(table(kColumns, kRows, 22) ==
        "ID  NAME  STATE\n"
        "1   ann   running\n"
        "22  -     queued\n");
  CHECK(table(kColumns, kRows, 12) ==
        "ID  STATE\n"
        "1   running\n"
        "22  queued\n");
  CHECK(table(kColumns, kRows, 1) ==
        "ID\n"
        "1\n"
        "22\n");
}

TEST_CASE("a column without any value is left out") {
  CHECK(table(kColumns, {{"1", "-", "-", "queued"}}, 0) ==
        "ID  STATE\n"
        "1   queued\n");
}

}  // namespace
}  // namespace pi::client
