#include "scheduler/service/trouble_log.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "common/base/printable.h"
#include "common/model/epoch.h"
#include "scheduler/limits.h"

namespace pi::scheduler {
namespace {

struct Kind {
  std::uint64_t Metrics::*counter;
  const char* text;  // After "once" or "N times".
};

constexpr std::array kTroubles{
    Kind{&Metrics::workersSilent, "a worker made no progress, so its work may go to others, too"},
    Kind{&Metrics::leasesLentAgain,
         "work of a silent, lost or slow worker was lent to another one"},
    Kind{&Metrics::truncationsAsked, "a worker was asked to give up the end of its work"},
};

// " (silent now: 16.1 node07, 16.2 node08)"; empty if none is silent.
std::string silentText(const std::vector<WorkerInfo>& workers) {
  std::string names;
  std::size_t count = 0;
  for (const WorkerInfo& worker : workers) {
    if (worker.state != WorkerState::kSilent) continue;
    if (++count > kTroubleNamesMax) continue;
    names += (names.empty() ? "" : ", ") + toText(worker.id) + " " + shortened(worker.profile.name);
  }
  if (count > kTroubleNamesMax) names += fmt::format(" and {} more", count - kTroubleNamesMax);
  return names.empty() ? "" : " (silent now: " + names + ")";
}

}  // namespace

bool TroubleLog::isDue(const Metrics& metrics, Instant now) const {
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (metrics.*kTroubles[i].counter != said_[i].count && now >= said_[i].nextAt) return true;
  }
  return false;
}

std::vector<std::string> TroubleLog::linesFor(const Metrics& metrics,
                                              const std::vector<WorkerInfo>& workers, Instant now) {
  static_assert(kTroubles.size() == kKinds);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < kKinds; ++i) {
    std::uint64_t count = metrics.*kTroubles[i].counter;
    Said& said = said_[i];
    if (count == said.count || now < said.nextAt) continue;
    std::string names = kTroubles[i].counter == &Metrics::workersSilent ? silentText(workers) : "";
    std::uint64_t news = count - said.count;
    lines.push_back(fmt::format("{}: {}{}; {} in total",
                                news == 1 ? "once" : fmt::format("{} times", news),
                                kTroubles[i].text, names, count));
    said = {.count = count, .nextAt = now + kTroublePeriod};
  }
  return lines;
}

}  // namespace pi::scheduler
