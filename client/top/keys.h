// The keys that a user presses.
#pragma once

#include <string>

namespace pi::client::top {

enum class Key {
  kText,  // A character; all others have none.
  kUp,
  kDown,
  kPageUp,
  kPageDown,
  kHome,
  kEnd,
  kTab,
  kEnter,
  kEscape,
  kBackspace,
};

struct KeyPress {
  Key key = Key::kText;
  std::string text{};  // One character in UTF-8.
};

}  // namespace pi::client::top
