// The terminal, by ncurses: lines go out, keys come in.  It is as before once this object is gone.
#pragma once

#include <optional>
#include <vector>

#include "client/top/keys.h"
#include "client/top/layout.h"

namespace pi::client::top {

class Screen {
 public:
  // Takes the terminal of stdin and stdout.  Throws Failure if ncurses does not know it.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  Size size() const;
  void draw(const std::vector<Line>& lines);
  // Null if no key is waiting.
  std::optional<KeyPress> nextKey();

  // The window has another size now.
  void resize();
  // Gives the terminal back and stops this process, as Ctrl-Z does.  Returns once it continues, or
  // at once if there is no shell that could continue it.
  void suspend();
  // Takes the terminal again after the process was stopped.
  void resume();
};

}  // namespace pi::client::top
