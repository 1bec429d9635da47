// The last lines of this process's log.
#pragma once

#include <spdlog/logger.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/model/log_line.h"

namespace pi::scheduler {

// Keeps the lines that are logged while it lives, at most kLogLinesKept.
class LogTail {
 public:
  LogTail();
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  // The newest `max` lines with higher numbers, the oldest of them first.
  std::vector<LogLine> linesAfter(std::uint64_t number, std::size_t max) const;

 private:
  class Sink;

  std::shared_ptr<spdlog::logger> logger_;
  std::shared_ptr<Sink> sink_;
};

}  // namespace pi::scheduler
