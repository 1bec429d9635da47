#include "scheduler/http/log_tail.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "scheduler/http/limits.h"

namespace pi::scheduler::http {

LogTail::LogTail()
    : logger_(spdlog::default_logger()),
      ring_(std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(kLogLinesKept)) {
  logger_->sinks().push_back(ring_);
}

LogTail::~LogTail() { std::erase(logger_->sinks(), ring_); }

std::vector<LogLine> LogTail::lines(std::size_t max) const {
  std::vector<LogLine> lines;
  for (const auto& line : ring_->last_raw(std::min(max, kLogLinesKept))) {
    spdlog::string_view_t level = spdlog::level::to_string_view(line.level);
    lines.push_back({.time = std::chrono::time_point_cast<Duration>(line.time),
                     .level = std::string(level.data(), level.size()),
                     .text = std::string(line.payload.data(), line.payload.size())});
  }
  return lines;
}

}  // namespace pi::scheduler::http
