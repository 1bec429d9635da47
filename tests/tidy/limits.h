// SECURITY.md's table of limits, compared with the constants of the code.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/tidy/source_tree.h"
#include "tests/tidy/text.h"

namespace pi::tidy {

// A number, in bytes, seconds, or without a unit.
using Value = double;

// A row of the table: its second column has the numbers, its last one names their constants in the
// same order, each as `kName`, and the headers of those that no limits.h defines.
struct LimitRow {
  std::size_t line = 0;  // From 0.
  std::string text;      // The second column.
  std::vector<Value> values;
  std::vector<std::string> constants;
  std::vector<std::string> headers;
};

std::vector<LimitRow> limitRows(const SourceFile& security);

// The numbers of a text such as "128 KiB, every 20 ms"; "10^15" is one number.
std::vector<Value> valuesIn(const std::string& text);

struct Constant {
  std::string file;
  std::size_t line = 0;
  std::string expression;
};

// Constants (kName) and fields that a header gives a value, by name.  A name may have several.
using Constants = std::multimap<std::string, Constant>;
Constants constantsIn(const std::vector<SourceFile>& tree);

// The value of an expression of numbers, chrono durations, other constants, and + - * / << ( ).
// Throws std::invalid_argument, with a sentence, for any other expression.
Value valueOf(const std::string& expression, const Constants& constants);

// Rows that name no constant, whose numbers and constants do not correspond, that name an unknown
// constant or not its header, or whose number differs from the code's.
Offences wrongLimits(const std::vector<SourceFile>& tree);

// Constants of a limits.h without a row in the table, and constants of other headers, and of the
// .cpp files that read what peers send, that have the name of a limit.  The comment above a
// constant that no peer can reach says "Not in SECURITY.md:" and why.
Offences unlistedLimits(const std::vector<SourceFile>& tree);

}  // namespace pi::tidy
