// Shows the progress of a job: one line that is redrawn on a terminal, or a line every few seconds
// in a log.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/model/estimate.h"
#include "common/model/job.h"

namespace pi::client {

enum class ProgressMode {
  kLive,   // One line, redrawn in place; for terminals.
  kLines,  // A whole line every few seconds; for logs.
};

struct ProgressStyle {
  ProgressMode mode = ProgressMode::kLines;
  bool colour = false;
  std::size_t columns = 80;  // The width of the terminal.  A live line is never wider.
  std::string_view plusMinus = kPlusMinus;
};

// The style for a file: live on a terminal, unless TERM is dumb or missing; with colour, unless
// NO_COLOR is set.
ProgressStyle progressStyleOf(int file);

// One line without a newline, at most style.columns wide (without its escape sequences).
std::string progressLine(const JobInfo& job, std::optional<Duration> timeLeft,
                         const ProgressStyle& style);

// Returns the text to write and decides when; the caller writes it to stderr at once.
class Progress {
 public:
  explicit Progress(ProgressStyle style) : style_(style) {}

  // To be called with each new state of the job.  Often there is nothing to write.
  std::string update(const JobInfo& job, Instant now);
  // Removes the live line, so that other text can be written.
  std::string clear();
  void setColumns(std::size_t columns) { style_.columns = columns; }

 private:
  bool isDue(const std::string& waiting, Instant now) const;
  std::optional<Duration> settledTimeLeft(const JobInfo& job, Instant now);

  ProgressStyle style_;
  std::optional<Instant> begin_;          // The first update.
  std::optional<Instant> countingSince_;  // The first update with counted samples.
  std::optional<Instant> written_;        // The last line.
  std::string wroteWaiting_;              // The reason to wait that was written last.
  bool drawn_ = false;
};

}  // namespace pi::client
