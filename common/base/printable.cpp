#include "common/base/printable.h"

#include <algorithm>

#include "common/base/limits.h"
#include "common/base/utf8.h"

namespace pi {
namespace {

// True for every byte of UTF-8 except the continuation bytes, 10xxxxxx.
bool beginsCharacter(char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    Utf8Character first = firstCharacter(text);
    bool isSafe = first.code && isShowable(*first.code);
    safe += isSafe ? text.substr(0, first.bytes) : "?";
    text.remove_prefix(first.bytes);
  }
  return safe;
}

std::string_view frontOf(std::string_view text, std::size_t bytesMax) {
  std::size_t end = std::min(bytesMax, text.size());
  while (end > 0 && end < text.size() && !beginsCharacter(text[end])) --end;
  return text.substr(0, end);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 60;
  return '"' + printable(frontOf(text, kShown)) + (text.size() > kShown ? "...\"" : "\"");
}

std::string shortened(std::string_view text) {
  constexpr std::string_view kDots = "...";
  if (text.size() <= kLoggedBytesMax) return std::string(text);
  return std::string(frontOf(text, kLoggedBytesMax - kDots.size())).append(kDots);
}

}  // namespace pi
