#include "common/base/text_width.h"

#include <algorithm>
#include <cwchar>

namespace pi {
namespace {

// Takes the first character, or one byte that begins none.
struct Character {
  std::size_t bytes = 1;
  wchar_t code = L'?';
};

Character firstOf(std::string_view text) {
  auto byte = static_cast<unsigned char>(text.front());
  std::size_t more = byte < 0xC0 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  if (more == 0) return {.bytes = 1, .code = byte < 0x80 ? static_cast<wchar_t>(byte) : L'?'};
  auto code = static_cast<char32_t>(byte & (0x3F >> more));
  for (std::size_t i = 1; i <= more; ++i) {
    auto next = static_cast<unsigned char>(i < text.size() ? text[i] : 0);
    if ((next >> 6) != 2) return {.bytes = i};
    code = code << 6 | (next & 0x3F);
  }
  return {.bytes = more + 1, .code = static_cast<wchar_t>(code)};
}

std::size_t columnsOf(Character character) {
  int columns = ::wcwidth(character.code);
  return columns < 0 ? 1 : static_cast<std::size_t>(columns);
}

}  // namespace

std::size_t columnsOf(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    Character first = firstOf(text);
    columns += columnsOf(first);
    text.remove_prefix(first.bytes);
  }
  return columns;
}

std::string cutTo(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  while (end < text.size()) {
    Character next = firstOf(text.substr(end));
    std::size_t width = columnsOf(next);
    if (width > columns) break;
    columns -= width;
    end += next.bytes;
  }
  return std::string(text.substr(0, end));
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t start,
                    std::size_t columns) {
  std::string lines;
  std::size_t at = start;
  bool isFirst = true;  // The first word of its line.
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
    std::string_view word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(word.size());
    if (word.empty()) break;
    std::size_t width = columnsOf(word);
    if (!isFirst && at + 1 + width > columns) {
      lines += "\n" + std::string(indent, ' ');
      at = indent;
      isFirst = true;
    }
    if (!isFirst) lines += ' ';
    at += width + (isFirst ? 0 : 1);
    lines += word;
    isFirst = false;
  }
  return lines;
}

}  // namespace pi
