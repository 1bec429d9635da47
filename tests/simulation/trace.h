// The story as text, one event a line: the last lines are kept, and printed when something fails.
#pragma once

#include <cstddef>
#include <cstdio>
#include <deque>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace pi::simulation {

class Trace {
 public:
  static constexpr std::size_t kLinesKept = 200;

  // kOff costs nothing: callers make no text unless isOn().  kKeep keeps the last lines; kPrint
  // prints every line at once.
  enum class Mode : std::uint8_t { kOff, kKeep, kPrint };
  explicit Trace(Mode mode = Mode::kOff) : mode_(mode) {}

  bool isOn() const { return mode_ != Mode::kOff; }

  // A line in one piece.  `node` is the process that it happens to, such as "worker 3".
  void add(Instant now, std::string_view node, std::string_view text);

  // A line in two pieces: the event before it is handled, and its consequences.  If the process
  // ends in between, printKept() shows the event.
  void begin(Instant now, std::string_view node, std::string_view event);
  void end(std::string_view consequences);

  // Prints the lines that were kept, oldest first, and an event that is being handled.
  void printKept(std::FILE* to) const;

 private:
  Mode mode_;
  std::string begun_;
  std::deque<std::string> lines_;
};

}  // namespace pi::simulation
