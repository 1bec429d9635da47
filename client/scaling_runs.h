// Runs a job on a given number of threads, for the command scaling: in this process, or on the
// workers of a scheduler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/interruption.h"
#include "client/reconnecting_link.h"
#include "common/model/job.h"
#include "common/net/loop/kj_loop.h"

namespace pi::client {

struct TimedRun {
  double seconds = 0;  // From the first lease to the last tally, by the scheduler's clock.
  std::uint64_t hits = 0;
};

// On threads of this process.  Throws Failure if the job does not finish.
TimedRun runHere(net::KjLoop& loop, std::uint32_t threads, const JobSpec& spec);

// The state of a scheduler at one time, as far as it can disturb a measurement.
struct ClusterLook {
  struct Worker {
    WorkerId id{};
    std::uint32_t threads = 0;  // That a job with limited threads can get.
    bool operator==(const Worker&) const = default;
  };
  std::vector<Worker> workers{};  // The active ones that have such threads, by their ids.
  std::uint64_t unfinishedJobs = 0;
  JobId newestJob{};

  std::uint32_t threads() const;  // All of them together; at most kJobThreadsMax.
};

// Why the time of the finished job `measured`, which may have used so many threads, says little:
// another job or another number of threads took part.  Empty if nothing was seen.
std::string disturbanceOf(const ClusterLook& before, const ClusterLook& after,
                          const JobInfo& measured);

// On threads of the workers of a scheduler: each run is a job with limited threads.
class ClusterRuns {
 public:
  ClusterRuns(net::KjLoop& loop, ReconnectingLink& link, Interruption& interruption)
      : loop_(loop), link_(link), interruption_(interruption) {}

  // Waits until there is a worker, and says so.  Returns the threads of all of them; above zero.
  // Throws Failure if no worker can limit the threads of a job.
  std::uint32_t waitForThreads();

  // A disturbed run is repeated a few times; the last one counts, with a warning on stderr.  Throws
  // Failure if the cluster has no longer so many threads, if the job does not finish, or with
  // kInterrupted; the job is cancelled then.
  TimedRun run(std::uint32_t threads, const JobSpec& spec);

 private:
  ClusterLook look();
  ClusterLook lookWithThreads(std::uint32_t threads);
  JobInfo compute(const JobSpec& spec);
  void pause(Duration length);

  net::KjLoop& loop_;
  ReconnectingLink& link_;
  Interruption& interruption_;
};

}  // namespace pi::client
