#include "client/top/terminal_kind.h"

#include <curses.h>
#include <term.h>
#include <unistd.h>

#include <cstdlib>

namespace pi::client::top {

std::optional<std::string> whyNotDrawable() {
  const char* name = std::getenv("TERM");
  std::string terminal = "this terminal (TERM=" + std::string(name == nullptr ? "" : name) + ") ";
  int found = 0;
  if (::setupterm(nullptr, STDOUT_FILENO, &found) != OK) {
    return terminal + "is not known here; set TERM=xterm, or use 'pi-client top --once'";
  }
  bool canPlace = ::tigetstr("cup") != nullptr;
  ::del_curterm(cur_term);  // The screen opens its own.
  if (canPlace) return std::nullopt;
  return terminal + "cannot place text; use 'pi-client top --once', or another terminal";
}

}  // namespace pi::client::top
