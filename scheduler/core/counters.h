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
  std::string_view help;  // One sentence.
};

// All counters but talliesDropped.
inline constexpr std::array kCounters{
    Counter{"leases_lent", &Metrics::leasesLent, "Leases that were lent to workers."},
    Counter{"leases_lent_again", &Metrics::leasesLentAgain,
            "Second leases on samples of a suspect lease."},
    Counter{"leases_resumed", &Metrics::leasesResumed,
            "Leases that continued after a restart or a long absence."},
    Counter{"leases_revoked", &Metrics::leasesRevoked,
            "Leases that ended because their samples were counted, or not wanted."},
    Counter{"truncations_asked", &Metrics::truncationsAsked,
            "Requests to workers to give up the end of a lease, or all of it."},
    Counter{"preemptions", &Metrics::preemptions, "Workers that were interrupted for a new job."},
    Counter{"rebalances", &Metrics::rebalances,
            "Workers that were asked to share with a waiting one."},
    Counter{"tallies_counted", &Metrics::talliesCounted, "Tallies that were counted."},
    Counter{"samples_counted", &Metrics::samplesCounted, "Samples that were counted."},
    Counter{"hits_counted", &Metrics::hitsCounted, "Hits among the samples that were counted."},
    Counter{"chunks_counted", &Metrics::chunksCounted,
            "Chunks of which the last sample was counted."},
    Counter{"tallies_repeated", &Metrics::talliesRepeated,
            "Tallies that the same worker had reported before."},
    Counter{"tallies_doubted", &Metrics::talliesDoubted,
            "Tallies with improbable hits that the scheduler computed again."},
    Counter{"tallies_confirmed", &Metrics::talliesConfirmed, "Doubted tallies that were right."},
    Counter{"samples_dropped", &Metrics::samplesDropped,
            "Samples of dropped tallies that were counted already."},
    Counter{"workers_joined", &Metrics::workersJoined, "Workers that joined or came back."},
    Counter{"workers_lost", &Metrics::workersLost,
            "Connections of workers that ended without a word."},
    Counter{"workers_silent", &Metrics::workersSilent,
            "Deadlines for a sign of life or progress that workers missed."},
    Counter{"workers_forgotten", &Metrics::workersForgotten,
            "Workers that left, or were away for longer than the reconnect grace."},
    Counter{"workers_quarantined", &Metrics::workersQuarantined, "Workers that were quarantined."},
    Counter{"violations", &Metrics::violations, "Invalid reports of workers."},
    Counter{"failures", &Metrics::failures, "Times that a worker let its leases lapse."},
    Counter{"pauses", &Metrics::pauses, "Times that the scheduler itself did not run."},
    Counter{"jobs_submitted", &Metrics::jobsSubmitted, "Jobs that were submitted."},
    Counter{"jobs_refused", &Metrics::jobsRefused, "Submissions that were refused."},
    Counter{"jobs_ended", &Metrics::jobsEnded, "Jobs that ended."},
    Counter{"jobs_extended", &Metrics::jobsExtended, "Extensions of jobs."},
    Counter{"jobs_reprioritized", &Metrics::jobsReprioritized, "Changes of jobs' priorities."},
    Counter{"goals_raised", &Metrics::goalsRaised,
            "Times that a job turned out to need more samples."},
    Counter{"commits", &Metrics::commits, "Batches that were committed."},
    Counter{"commit_failures", &Metrics::commitFailures,
            "Batches that could not be committed at once."},
};
static_assert(sizeof(Metrics) == (kCounters.size() + kDropReasons) * sizeof(std::uint64_t) +
                                     kLastWorkers * sizeof(WorkerId),
              "a counter is not in the table");

}  // namespace pi::scheduler
