// The last lines of this process's log.
#pragma once

#include <spdlog/logger.h>
#include <spdlog/sinks/ringbuffer_sink.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace pi::scheduler::http {

struct LogLine {
  WallTime time{};
  std::string level;
  std::string text;
};

// Keeps the lines that are logged while it lives, at most kLogLinesKept.
class LogTail {
 public:
  LogTail();
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  // The newest ones, the oldest of them first.
  std::vector<LogLine> lines(std::size_t max) const;

 private:
  std::shared_ptr<spdlog::logger> logger_;
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> ring_;
};

}  // namespace pi::scheduler::http
