#include "tests/tidy/text.h"

#include <algorithm>
#include <cctype>

namespace pi::tidy {

using std::string_view;

Offence at(const SourceFile& file, std::size_t index, const std::string& sentence) {
  return file.path + ":" + std::to_string(index + 1) + ": " + sentence;
}

bool contains(string_view text, string_view part) { return text.find(part) != text.npos; }

bool startsWithAny(string_view text, const std::vector<string_view>& starts) {
  return std::ranges::any_of(starts, [text](auto start) { return text.starts_with(start); });
}

bool isInAny(const SourceFile& file, const std::vector<string_view>& paths) {
  return std::ranges::any_of(paths, [&file](auto path) { return isIn(file, std::string(path)); });
}

bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::size_t findWord(string_view text, string_view word, std::size_t from) {
  for (auto at = text.find(word, from); at != text.npos; at = text.find(word, at + 1)) {
    bool begins = at == 0 || !isWordCharacter(text[at - 1]);
    auto end = at + word.size();
    if (begins && (end == text.size() || !isWordCharacter(text[end]))) return at;
  }
  return text.npos;
}

namespace {

// Replaces all but line breaks in [begin, end) by spaces.
void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < std::min(end, text.size()); ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

// The end of the literal that opens with a quote at `begin`, the closing quote included.
std::size_t literalEnd(const std::string& text, std::size_t begin) {
  bool raw = text[begin] == '"' && begin > 0 && text[begin - 1] == 'R';
  if (raw) {
    auto open = text.find('(', begin);
    std::string close = ")" + text.substr(begin + 1, open - begin - 1) + "\"";
    auto end = text.find(close, begin);
    return end == text.npos ? text.size() : end + close.size();
  }
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == text[begin] || text[i] == '\n')
      return i + 1;
  }
  return text.size();
}

}  // namespace

std::string codeOnly(const SourceFile& file) {
  std::string text;
  for (const std::string& line : file.lines) text += line + "\n";
  for (std::size_t i = 0; i < text.size();) {
    bool separator = text[i] == '\'' && i > 0 && isWordCharacter(text[i - 1]);  // As in 10'000.
    if (text.compare(i, 2, "//") == 0) {
      auto end = std::min(text.find('\n', i), text.size());
      blank(text, i, end);
      i = end;
    } else if (text.compare(i, 2, "/*") == 0) {
      auto end = text.find("*/", i);
      end = end == text.npos ? text.size() : end + 2;
      blank(text, i, end);
      i = end;
    } else if ((text[i] == '"' || text[i] == '\'') && !separator) {
      auto end = literalEnd(text, i);
      blank(text, i + 1, end - 1);
      i = end;
    } else {
      ++i;
    }
  }
  return text;
}

}  // namespace pi::tidy
