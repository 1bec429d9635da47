// How a job comes along, shown while one waits: a live line on a terminal, else a line now and
// then.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/model/job.h"

namespace pi::client {

enum class ProgressMode {
  kLive,   // One line, redrawn in place; for terminals.
  kLines,  // A whole line every few seconds; for logs.
};

struct ProgressStyle {
  ProgressMode mode = ProgressMode::kLines;
  bool colour = false;
  std::size_t columns = 80;  // Of the terminal; a live line is never wider.
};

// What suits the file: a terminal unless TERM is dumb or missing, colour unless NO_COLOR is set.
ProgressStyle progressStyleOf(int file);

// One line without its end, at most `columns` wide, escape sequences not counted.
std::string progressLine(const JobInfo& job, std::optional<Duration> timeLeft,
                         const ProgressStyle& style);

// Decides when to write what; the caller writes it to stderr, at once.
class Progress {
 public:
  explicit Progress(ProgressStyle style) : style_(style) {}

  // The job as it is now; often there is nothing to write.
  std::string update(const JobInfo& job, Instant now);
  // Removes a live line, so that something else can be written.
  std::string clear();
  void setColumns(std::size_t columns) { style_.columns = columns; }

 private:
  bool isDue(bool waiting, Instant now) const;
  std::optional<Duration> timeLeft(const JobInfo& job, Instant now);

  ProgressStyle style_;
  std::optional<Instant> begin_;          // Of the watching.
  std::optional<Instant> countingSince_;  // Samples have been seen to be counted.
  std::optional<Instant> written_;
  bool wroteWaiting_ = false;
  bool drawn_ = false;
};

}  // namespace pi::client
