// The job or the worker that a line of the log is about.
#pragma once

#include <utility>

#include "common/model/ids.h"

namespace pi {

struct LogSubject {
  JobId job{};        // 0: none.
  WorkerId worker{};  // 0: none.
  bool operator==(const LogSubject&) const = default;
};

// While it lives, the lines that its thread logs are about this subject.  The log's formats and
// sinks ask for it, because spdlog's lines have no place for it.
class LogAbout {
 public:
  explicit LogAbout(const LogSubject& subject) : before_(std::exchange(current_, subject)) {}
  ~LogAbout() { current_ = before_; }
  LogAbout(const LogAbout&) = delete;
  LogAbout& operator=(const LogAbout&) = delete;

  static const LogSubject& current() { return current_; }

 private:
  static inline thread_local LogSubject current_{};
  LogSubject before_;
};

}  // namespace pi
