// A table of the counters in Metrics, for code that reads all of them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "scheduler/core/metrics.h"

namespace pi::scheduler {

struct Counter {
  std::string_view name;
  std::uint64_t Metrics::*value;
};

// All counters but talliesDropped.
inline constexpr std::array kCounters{
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
    Counter{"jobs_extended", &Metrics::jobsExtended},
    Counter{"goals_raised", &Metrics::goalsRaised},
    Counter{"commits", &Metrics::commits},
    Counter{"commit_failures", &Metrics::commitFailures},
};
static_assert(sizeof(Metrics) == (kCounters.size() + kDropReasons) * sizeof(std::uint64_t),
              "a counter is not in the table");

}  // namespace pi::scheduler
