// A program on a real pseudo-terminal, and what its user sees and types there.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <string>

#include "tests/cluster/process.h"
#include "tests/cluster/vt100.h"

namespace pi::cluster {

// The program is the leader of a session of its own.  It is killed when this object is destroyed.
class Terminal {
 public:
  Terminal(const Command& command, unsigned short columns, unsigned short rows);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  pid_t pid() const { return pid_; }
  void type(const std::string& keys) const;
  // The terminal tells the program.
  void resize(unsigned short columns, unsigned short rows);

  // The text on the screen now.
  std::string screen();
  // Waits until the text is on the screen, or is not any longer.  Throws if the program ends
  // before.
  void waitFor(const std::string& text);
  void waitWithout(const std::string& text);
  // The modes of the terminal: whether it echoes, whether it waits for whole lines.
  termios modes() const;
  // Waits for its end, as Process::wait() does.
  int wait();

 private:
  void read();
  bool hasEnded();

  int master_ = -1;
  int slave_ = -1;  // Open here, too: the terminal outlives the program.
  pid_t pid_ = -1;
  bool isOver_ = false;
  int status_ = 0;
  Vt100 page_;
};

}  // namespace pi::cluster
