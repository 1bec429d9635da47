#include "tests/tidy/cores.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace pi::tidy {
namespace {

using std::string_view;

// The position after the bracket that closes the one at `open`.
std::size_t closing(string_view code, std::size_t open) {
  char opener = code[open];
  char closer = opener == '{' ? '}' : ')';
  int depth = 0;
  for (std::size_t i = open; i < code.size(); ++i) {
    if (code[i] == opener) ++depth;
    if (code[i] == closer && --depth == 0) return i + 1;
  }
  return code.size();
}

string_view wordAt(string_view code, std::size_t begin) {
  std::size_t end = begin;
  while (end < code.size() && isWordCharacter(code[end])) ++end;
  return code.substr(begin, end - begin);
}

// The word that ends just before `end`, spaces skipped.
string_view wordBefore(string_view code, std::size_t end) {
  while (end > 0 && std::isspace(static_cast<unsigned char>(code[end - 1])) != 0) --end;
  std::size_t begin = end;
  while (begin > 0 && isWordCharacter(code[begin - 1])) --begin;
  return code.substr(begin, end - begin);
}

// The name of the function that a member declaration declares; empty for anything else.
string_view functionDeclaredBy(string_view declaration, string_view className) {
  for (string_view other : {"using", "friend", "static_assert", "typedef", "enum", "operator"}) {
    if (findWord(declaration, other) != declaration.npos) return {};
  }
  // A field's initialiser comes after '=' or '{'; a function's parameters come before them.
  int angles = 0;
  for (std::size_t i = 0; i < declaration.size(); ++i) {
    char c = declaration[i];
    if (c == '<') ++angles;
    if (c == '>') --angles;
    if (angles == 0 && (c == '=' || c == '{')) return {};
    if (angles == 0 && c == '(') {
      string_view name = wordBefore(declaration, i);
      return name == className ? string_view{} : name;
    }
  }
  return {};
}

// Adds the methods that stand directly in the class body [begin, end).
void readBody(string_view code, std::size_t begin, std::size_t end, ClassSize& found) {
  std::size_t declaration = begin;
  for (std::size_t i = begin; i < end; ++i) {
    char c = code[i];
    if (c == '(') i = closing(code, i) - 1;
    if (c == ':' && code[i + 1] != ':' && code[i - 1] != ':') {  // After "private", or a list.
      string_view word = wordBefore(code, i);
      if (word == "public" || word == "private" || word == "protected") declaration = i + 1;
    }
    if (c != ';' && c != '{') continue;
    std::size_t stop = c == '{' ? std::min(closing(code, i), end) : i;
    string_view name = functionDeclaredBy(code.substr(declaration, stop - declaration), found.name);
    if (!name.empty()) found.methods.emplace_back(name);
    bool field = c == '{' && name.empty();  // "Type name{value};" ends with the semicolon.
    i = c == '{' ? stop - 1 : i;
    if (!field || i + 1 >= end || code[i + 1] != ';') declaration = i + 1;
  }
}

}  // namespace

std::vector<ClassSize> classesIn(const SourceFile& header) {
  const std::string code = codeOnly(header);
  std::vector<ClassSize> classes;
  for (string_view keyword : {"class", "struct"}) {
    for (auto at = findWord(code, keyword); at != code.npos; at = findWord(code, keyword, at + 1)) {
      if (wordBefore(code, at) == "enum") continue;
      string_view name = wordAt(code, at + keyword.size() + 1);
      auto open = code.find_first_of("{;()>", at);  // ">": a template's parameter.
      if (name.empty() || open == code.npos || code[open] != '{') continue;
      auto line = std::count(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      ClassSize found{std::string(name), static_cast<std::size_t>(line), {}};
      readBody(code, open + 1, closing(code, open) - 1, found);
      classes.push_back(std::move(found));
    }
  }
  return classes;
}

Offences largeCores(const SourceFile& file) {
  if (!isCpp(file) ||
      !isInAny(file, {"scheduler/allocation/core", "scheduler/core", "worker/core"}))
    return {};
  Offences offences;
  if (file.lines.size() > kCoreFileMax) {
    offences.push_back(at(file, 0, std::to_string(file.lines.size()) + " lines"));
  }
  if (!isHeader(file)) return offences;
  for (const ClassSize& each : classesIn(file)) {
    if (each.methods.size() <= kCoreMethodsMax) continue;
    offences.push_back(at(file, each.line,
                          each.name + " has " + std::to_string(each.methods.size()) + " methods"));
  }
  return offences;
}

}  // namespace pi::tidy
