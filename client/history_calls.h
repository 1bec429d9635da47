// The calls of a client about the past of the scheduler's jobs and workers.  They throw like those
// of job_calls.h.
#pragma once

#include <proto/pi.capnp.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "common/model/convergence_point.h"
#include "common/model/lease_record.h"
#include "common/model/log_line.h"
#include "common/model/throughput_parts.h"
#include "common/model/worker_track.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

// The points with numbers above `after`.
std::vector<ConvergencePoint> pointsOf(net::ClientLink& link, wire::Job::Client job,
                                       std::uint32_t after = 0);

ThroughputParts throughputOf(net::ClientLink& link, wire::Job::Client job);

// Where the samples of a job were counted for which no lease is remembered.
struct Unremembered {
  std::uint64_t restored = 0;   // By earlier schedulers.
  std::uint64_t forgotten = 0;  // Under leases that this one has forgotten.
};
// Calls `take` with each lease of the job once: the ended ones in the order of their ends, page by
// page as they come, and then the running ones in the order of their ids.
Unremembered readLeases(net::ClientLink& link, wire::Job::Client job,
                        const std::function<void(const LeaseRecord&)>& take);

// In the order of the workers' numbers, with those that are gone.
std::vector<WorkerTrackInfo> tracksOf(net::ClientLink& link);

// The newest `max` lines with numbers above `after`, the oldest of them first.
std::vector<LogLine> logLines(net::ClientLink& link, std::uint64_t after, std::uint32_t max);

}  // namespace pi::client
