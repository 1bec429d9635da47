#include "client/progress.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "client/render.h"
#include "common/base/quantity.h"
#include "common/base/text_width.h"
#include "common/cli/terminal.h"
#include "common/model/estimate.h"

namespace pi::client {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLivePeriod = 100ms;
constexpr Duration kLinesPeriod = 5s;
constexpr Duration kWaitingPeriod =
    30s;  // Short enough for a reader, long enough for a night in a log.
constexpr Duration kRateSettles = 1s;  // Earlier rates are too noisy to predict the end.

constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kGap = "  ";

std::string painted(std::string_view text, std::string_view colour, bool wanted) {
  if (!wanted || text.empty()) return std::string(text);
  return std::string(colour) + std::string(text) + std::string(kPlain);
}

struct Part {
  std::string text;
  int importance;  // If the line is too long, the least important part is left out first.
};

std::vector<Part> partsOf(const JobInfo& job, std::optional<Duration> timeLeft,
                          const ProgressStyle& style) {
  std::vector<Part> parts{{percentText(job), 9}};
  if (std::string waiting = waitingText(job); !waiting.empty()) {
    parts.push_back({waiting, 10});
  } else if (job.state == JobState::kQueued) {
    parts.push_back({"queued", 10});
  } else {
    if (job.samplesPerSecond > 0) parts.push_back({rateText(job.samplesPerSecond), 7});
    if (timeLeft) parts.push_back({"ETA " + durationText(*timeLeft), 8});
    parts.push_back({countText(job.workersNow, "worker"), 5});
  }
  if (std::optional<Estimate> found = estimate(job)) {
    parts.push_back({"pi " + knownText(*found, style.plusMinus), 6});
  }
  return parts;
}

std::string joined(const std::vector<Part>& parts) {
  std::string text;
  for (const Part& part : parts) text += (text.empty() ? "" : std::string(kGap)) + part.text;
  return text;
}

// "[#####.....]", `columns` wide.
std::string bar(const JobInfo& job, std::size_t columns, bool colour) {
  std::size_t inside = columns - 2;
  double share = static_cast<double>(job.samplesCounted) / static_cast<double>(job.spec.samples);
  auto filled = static_cast<std::size_t>(share * static_cast<double>(inside));
  // Full only if all samples are counted.
  filled = std::min(filled, job.samplesCounted < job.spec.samples ? inside - 1 : inside);
  return "[" + painted(std::string(filled, '#'), kGreen, colour) +
         std::string(inside - filled, '.') + "]";
}

}  // namespace

ProgressStyle progressStyleOf(int file) {
  ProgressStyle style;
  if (!cli::isUtf8Locale()) style.plusMinus = kPlusMinusAscii;
  const char* terminal = std::getenv("TERM");
  if (isatty(file) == 0 || terminal == nullptr || std::string_view(terminal) == "dumb") {
    return style;
  }
  const char* noColour = std::getenv("NO_COLOR");
  style.mode = ProgressMode::kLive;
  style.colour = noColour == nullptr || *noColour == '\0';
  style.columns = cli::windowColumns(file).value_or(style.columns);
  return style;
}

std::string progressLine(const JobInfo& job, std::optional<Duration> timeLeft,
                         const ProgressStyle& style) {
  constexpr std::size_t kBarMin = 10;
  constexpr std::size_t kBarMax = 32;
  std::vector<Part> parts = partsOf(job, timeLeft, style);
  while (parts.size() > 1 && columnsOf(joined(parts)) > style.columns) {
    parts.erase(std::min_element(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
      return a.importance < b.importance;
    }));
  }
  std::string text = cutTo(joined(parts), style.columns);
  std::size_t taken = columnsOf(text) + kGap.size();
  if (style.columns >= taken + kBarMin) {
    text = bar(job, std::min(style.columns - taken, kBarMax), style.colour) + std::string(kGap) +
           painted(text, kYellow, style.colour && !waitingText(job).empty());
  }
  return text;
}

bool Progress::isDue(const std::string& waiting, Instant now) const {
  // Tell at once that nothing is computed.
  if (!waiting.empty() && waiting != wroteWaiting_) return true;
  if (style_.mode == ProgressMode::kLive) return !written_ || now - *written_ >= kLivePeriod;
  Duration period = waiting.empty() ? kLinesPeriod : kWaitingPeriod;
  return now - written_.value_or(*begin_) >= period;
}

// Nullopt until the rate has settled.
std::optional<Duration> Progress::settledTimeLeft(const JobInfo& job, Instant now) {
  if (job.samplesCounted > 0 && !countingSince_) countingSince_ = now;
  bool settled = countingSince_ && now - *countingSince_ >= kRateSettles;
  return settled ? timeLeft(job) : std::nullopt;
}

std::string Progress::update(const JobInfo& job, Instant now) {
  if (!begin_) begin_ = now;
  std::string waiting = waitingText(job);
  std::optional<Duration> left = settledTimeLeft(job, now);
  if (!isDue(waiting, now)) return "";
  written_ = now;
  wroteWaiting_ = waiting;
  if (style_.mode == ProgressMode::kLines) return joined(partsOf(job, left, style_)) + "\n";
  drawn_ = true;
  // Leave the last column free: some terminals wrap when it is written.
  ProgressStyle style = style_;
  style.columns = std::max<std::size_t>(style.columns, 2) - 1;
  return std::string(kClearLine) + progressLine(job, left, style);
}

std::string Progress::clear() {
  if (!drawn_) return "";
  drawn_ = false;
  return std::string(kClearLine);
}

}  // namespace pi::client
