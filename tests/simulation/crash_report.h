// Shows the story during which a test aborts or crashes, as a failed PI_CHECK does.
#pragma once

#include <functional>
#include <string>

#include "tests/simulation/trace.h"

namespace pi::simulation {

// If this process aborts or crashes while the object exists, a child process plays the story again,
// with a trace, and prints its last lines and `advice` to stdout.  After that the signal goes to
// the handler that was there before, such as doctest's.  One at a time.
class CrashReport {
 public:
  using Story = std::function<void(Trace&)>;

  CrashReport(Story story, std::string advice);
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;

 private:
  Story story_;
  std::string advice_;
};

}  // namespace pi::simulation
