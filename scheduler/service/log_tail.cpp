#include "scheduler/service/log_tail.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <mutex>

#include "scheduler/limits.h"

namespace pi::scheduler {

// The store's thread logs, too.
class LogTail::Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::vector<LogLine> linesAfter(std::uint64_t number, std::size_t max) {
    std::lock_guard lock(mutex_);
    std::uint64_t first = last_ + 1 - lines_.size();
    std::uint64_t skipped = number < first ? 0 : std::min(number, last_) + 1 - first;
    skipped = std::max(skipped, lines_.size() - std::min(max, lines_.size()));
    return {lines_.begin() + static_cast<std::ptrdiff_t>(skipped), lines_.end()};
  }

 private:
  void sink_it_(const spdlog::details::log_msg& line) override {
    if (lines_.size() == kLogLinesKept) lines_.pop_front();
    spdlog::string_view_t level = spdlog::level::to_string_view(line.level);
    lines_.push_back({.number = ++last_,
                      .time = std::chrono::time_point_cast<Duration>(line.time),
                      .level = std::string(level.data(), level.size()),
                      .text = std::string(line.payload.data(), line.payload.size()),
                      .about = LogAbout::current()});
  }
  void flush_() override {}

  std::deque<LogLine> lines_;
  std::uint64_t last_ = 0;
};

LogTail::LogTail() : logger_(spdlog::default_logger()), sink_(std::make_shared<Sink>()) {
  logger_->sinks().push_back(sink_);
}

LogTail::~LogTail() { std::erase(logger_->sinks(), sink_); }

std::vector<LogLine> LogTail::linesAfter(std::uint64_t number, std::size_t max) const {
  return sink_->linesAfter(number, max);
}

}  // namespace pi::scheduler
