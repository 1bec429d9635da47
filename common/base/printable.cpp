#include "common/base/printable.h"

#include <algorithm>

namespace pi {
namespace {

// True for every byte of UTF-8 except the continuation bytes, 10xxxxxx.
bool beginsCharacter(char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }

}  // namespace

std::string printable(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    // U+0080 to U+009F: some terminals treat them as escape sequences.
    bool highControl = byte == 0xC2 && next >= 0x80 && next <= 0x9F;
    bool control = byte < ' ' || byte == 0x7F || highControl;
    safe += control ? '?' : text[i];
    if (highControl) ++i;
  }
  return safe;
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 60;
  return '"' + printable(text.substr(0, kShown)) + (text.size() > kShown ? "...\"" : "\"");
}

std::string shortened(std::string_view text) {
  constexpr std::string_view kDots = "...";
  if (text.size() <= kLoggedBytesMax) return std::string(text);
  std::size_t end = kLoggedBytesMax - kDots.size();
  while (end > 0 && !beginsCharacter(text[end])) --end;
  return std::string(text.substr(0, end)).append(kDots);
}

std::size_t columnsOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), beginsCharacter));
}

}  // namespace pi
