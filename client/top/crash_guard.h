// Restores the terminal if the program crashes: otherwise the user's shell would be unusable.
#pragma once

namespace pi::client::top {

class CrashGuard {
 public:
  // Remembers how the terminal is now.
  static void remember();
  // From now on a crash restores it, and then ends the process as it would have.  To be called once
  // ncurses knows the terminal.
  static void arm();
  static void disarm();
};

}  // namespace pi::client::top
