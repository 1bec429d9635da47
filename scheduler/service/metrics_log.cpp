#include "scheduler/service/metrics_log.h"

#include <spdlog/spdlog.h>

#include <string>

#include "scheduler/core/counters.h"

namespace pi::scheduler {
namespace {

// "3 (its job is over), 1 (its numbers are impossible)"; empty if no tally was dropped.
std::string dropsText(const Metrics& metrics) {
  std::string text;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    if (metrics.talliesDropped[i] == 0) continue;
    if (!text.empty()) text += ", ";
    text +=
        fmt::format("{} ({})", metrics.talliesDropped[i], sentenceOf(static_cast<DropReason>(i)));
  }
  return text;
}

}  // namespace

std::string metricsSummary(const Metrics& metrics) {
  std::string text = fmt::format(
      "since the start: leases lent: {}; lent a second time, since their worker was silent, lost "
      "or "
      "slow: {}; requests to workers to give up work: {}, to share it with a waiting worker: {}; "
      "times that a worker made no progress: {}",
      metrics.leasesLent, metrics.leasesLentAgain, metrics.truncationsAsked, metrics.rebalances,
      metrics.workersSilent);
  std::string drops = dropsText(metrics);
  return drops.empty() ? text : text + "; tallies dropped: " + drops;
}

std::string metricsDetails(const Metrics& metrics) {
  std::string text = "counters:";
  for (const Counter& counter : kCounters) {
    text += fmt::format(" {}={}", counter.name, metrics.*counter.value);
  }
  std::string drops = dropsText(metrics);
  return text + " tallies_dropped=" + (drops.empty() ? "0" : drops);
}

void logMetrics(const Metrics& metrics) {
  spdlog::info("{}", metricsSummary(metrics));
  spdlog::debug("{}", metricsDetails(metrics));
}

}  // namespace pi::scheduler
