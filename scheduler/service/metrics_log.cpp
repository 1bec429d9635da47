#include "scheduler/service/metrics_log.h"

#include <spdlog/spdlog.h>

#include <array>
#include <string_view>

namespace pi::scheduler {
namespace {

struct Counter {
  std::string_view name;
  std::uint64_t Metrics::*value;
};

// All counters but talliesDropped.
constexpr std::array kCounters{
    Counter{"leases_lent", &Metrics::leasesLent},
    Counter{"leases_lent_again", &Metrics::leasesLentAgain},
    Counter{"leases_resumed", &Metrics::leasesResumed},
    Counter{"leases_revoked", &Metrics::leasesRevoked},
    Counter{"truncations_asked", &Metrics::truncationsAsked},
    Counter{"preemptions", &Metrics::preemptions},
    Counter{"rebalances", &Metrics::rebalances},
    Counter{"tallies_counted", &Metrics::talliesCounted},
    Counter{"tallies_repeated", &Metrics::talliesRepeated},
    Counter{"tallies_doubted", &Metrics::talliesDoubted},
    Counter{"tallies_confirmed", &Metrics::talliesConfirmed},
    Counter{"samples_dropped", &Metrics::samplesDropped},
    Counter{"workers_joined", &Metrics::workersJoined},
    Counter{"workers_lost", &Metrics::workersLost},
    Counter{"workers_silent", &Metrics::workersSilent},
    Counter{"workers_forgotten", &Metrics::workersForgotten},
    Counter{"workers_quarantined", &Metrics::workersQuarantined},
    Counter{"violations", &Metrics::violations},
    Counter{"failures", &Metrics::failures},
    Counter{"pauses", &Metrics::pauses},
    Counter{"jobs_submitted", &Metrics::jobsSubmitted},
    Counter{"jobs_refused", &Metrics::jobsRefused},
    Counter{"jobs_ended", &Metrics::jobsEnded},
    Counter{"commits", &Metrics::commits},
    Counter{"commit_failures", &Metrics::commitFailures},
};
static_assert(sizeof(Metrics) == (kCounters.size() + kDropReasons) * sizeof(std::uint64_t),
              "a counter is not in the table");

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
      "in total: {} leases lent, {} lent again, {} truncations, {} silences, {} rebalances",
      metrics.leasesLent, metrics.leasesLentAgain, metrics.truncationsAsked, metrics.workersSilent,
      metrics.rebalances);
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
