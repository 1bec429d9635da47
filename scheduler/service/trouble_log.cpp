#include "scheduler/service/trouble_log.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "common/base/printable.h"
#include "common/model/epoch.h"
#include "scheduler/limits.h"

namespace pi::scheduler {
namespace {

struct Kind {
  std::uint64_t Metrics::*counter;
  WorkerId Metrics::*last;
  const char* text;  // After "once" or "N times".
};

constexpr std::array kTroubles{
    Kind{&Metrics::workersSilent, &Metrics::lastSilent,
         "a worker made no progress, so its work may go to others, too"},
    Kind{&Metrics::leasesLentAgain, &Metrics::lastLentFrom,
         "work of a silent, lost or slow worker was lent to another one"},
    Kind{&Metrics::truncationsAsked, &Metrics::lastTruncated,
         "a worker was asked to give up the end of its work"},
};

// "16.1 node07"; without the name if the worker is gone.
std::string nameOf(WorkerId worker, const std::vector<WorkerInfo>& workers) {
  auto known = std::ranges::find(workers, worker, &WorkerInfo::id);
  std::string text = toText(worker);
  return known == workers.end() ? text : text + " " + shortened(known->profile.name);
}

// " (silent now: 16.1 node07, 16.2 node08)"; empty if none is silent.
std::string silentText(const std::vector<WorkerInfo>& workers) {
  std::string names;
  std::size_t count = 0;
  for (const WorkerInfo& worker : workers) {
    if (worker.state != WorkerState::kSilent) continue;
    if (++count > kTroubleNamesMax) continue;
    names += (names.empty() ? "" : ", ") + nameOf(worker.id, workers);
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

std::vector<TroubleLine> TroubleLog::linesFor(const Metrics& metrics,
                                              const std::vector<WorkerInfo>& workers, Instant now) {
  static_assert(kTroubles.size() == kKinds);
  std::vector<TroubleLine> lines;
  for (std::size_t i = 0; i < kKinds; ++i) {
    const Kind& kind = kTroubles[i];
    std::uint64_t count = metrics.*kind.counter;
    Said& said = said_[i];
    if (count == said.count || now < said.nextAt) continue;
    WorkerId last = metrics.*kind.last;
    std::uint64_t news = count - said.count;
    std::string names = kind.counter == &Metrics::workersSilent ? silentText(workers) : "";
    if (names.empty()) {
      names = fmt::format(" ({}{})", news == 1 ? "" : "the last one: ", nameOf(last, workers));
    }
    lines.push_back({.about = {.worker = last},
                     .text = fmt::format("{}: {}{}; {} in total",
                                         news == 1 ? "once" : fmt::format("{} times", news),
                                         kind.text, names, count)});
    said = {.count = count, .nextAt = now + kTroublePeriod};
  }
  return lines;
}

}  // namespace pi::scheduler
