#include "common/base/utf8.h"

#include <algorithm>
#include <array>

namespace pi {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Sorted.  Without the space.
constexpr auto kNotShowable = std::to_array<Range>({
    {0x0000, 0x001F},   {0x007F, 0x00A0},   {0x00AD, 0x00AD},   {0x0600, 0x0605},
    {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},
    {0x08E2, 0x08E2},   {0x1680, 0x1680},   {0x180E, 0x180E},   {0x2000, 0x200F},
    {0x2028, 0x202F},   {0x205F, 0x2064},   {0x2066, 0x206F},   {0x3000, 0x3000},
    {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},
    {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0001, 0xE0001},
    {0xE0020, 0xE007F},
});

// How many bytes follow a first byte, the bits of the character that it has, and the least
// character that needs so many bytes.
struct Form {
  std::size_t more = 0;
  char32_t bits = 0;
  char32_t least = 0;
};

std::optional<Form> formOf(unsigned char first) {
  if (first < 0x80) return Form{.more = 0, .bits = first, .least = 0};
  if (first < 0xC0 || first > 0xF7) return std::nullopt;
  if (first < 0xE0) return Form{.more = 1, .bits = first & 0x1Fu, .least = 0x80};
  if (first < 0xF0) return Form{.more = 2, .bits = first & 0x0Fu, .least = 0x800};
  return Form{.more = 3, .bits = first & 0x07u, .least = 0x10000};
}

}  // namespace

Utf8Character firstCharacter(std::string_view text) {
  std::optional<Form> form = formOf(static_cast<unsigned char>(text.front()));
  if (!form || form->more >= text.size()) return {};
  char32_t code = form->bits;
  for (std::size_t i = 1; i <= form->more; ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if ((byte >> 6) != 2) return {};
    code = code << 6 | (byte & 0x3Fu);
  }
  bool isSurrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < form->least || code > 0x10FFFF || isSurrogate) return {};
  return {.bytes = form->more + 1, .code = code};
}

bool isShowable(char32_t code) {
  const Range* range = std::ranges::lower_bound(kNotShowable, code, {}, &Range::last);
  return range == kNotShowable.end() || code < range->first;
}

}  // namespace pi
