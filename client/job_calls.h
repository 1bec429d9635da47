// The short calls of a client about one job.  They throw Failure if the scheduler refuses,
// net::ConnectError if it does not answer in time, and kj::Exception if the connection is lost.
#pragma once

#include <proto/pi.capnp.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/model/job.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_info.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

// Which job a call is for.
struct JobKey {
  JobId id{};    // 0: the job submitted last.
  JobUid uid{};  // The job must have this uid; all zero: any uid.
};

// A job, and the RPC object for it on one connection.  Destroy it before the connection.
struct OpenJob {
  JobId id{};
  JobUid uid{};
  wire::Job::Client job;
};

// 16 random bytes.  Submissions with the same request id are one job.
std::string newRequestId();
OpenJob submitJob(net::ClientLink& link, const JobSpec& spec, const std::string& requestId);

// The job gets `samples` samples in all.  With the same request id it is the same extension.
struct JobExtension {
  JobKey key;
  std::uint64_t samples = 0;
};
OpenJob extendJob(net::ClientLink& link, const JobExtension& extension,
                  const std::string& requestId);

// Nullopt if the scheduler does not know the job.
std::optional<OpenJob> findJob(net::ClientLink& link, const JobKey& key);
// Throws Failure if the scheduler does not know the job.
OpenJob openJob(net::ClientLink& link, JobId id);

JobInfo infoOf(net::ClientLink& link, wire::Job::Client job);

// The newest jobs, the oldest of them first: those in these states, or else in any; at most
// `limit`, or else all.
struct JobFilter {
  std::vector<JobState> states{};  // Empty: any state.
  bool onlyUnfinished = false;
  std::size_t limit = 0;  // 0: no limit.
};
std::vector<JobInfo> listJobs(net::ClientLink& link, const JobFilter& filter);

// The newest jobs, at most `newest`, and the older ones that are not over, of which the scheduler
// says that there are `unfinished` in all; the oldest first.
struct JobsInView {
  std::vector<JobInfo> jobs{};
  bool areAll = true;  // There is no other job.
};
JobsInView listJobsInView(net::ClientLink& link, std::size_t newest, std::uint64_t unfinished);

std::vector<WorkerInfo> listWorkers(net::ClientLink& link);

SchedulerInfo describeScheduler(net::ClientLink& link);

// The same for a client that waits for so many workers: it asks again at least every second.
struct Awaited {
  SchedulerInfo scheduler;
  std::string whyNever{};  // Why they cannot come, as a clause; empty if they may.
};
Awaited awaitWorkers(net::ClientLink& link, std::uint64_t workers);

// A secret that lets an HTTP client change something: the code of a link, or a program's token.
std::string openControl(net::ClientLink& link, bool isForProgram);

struct Reprioritized {
  JobInfo job;
  bool wasOver = false;  // It was over before, and is not changed.
};
Reprioritized setPriority(net::ClientLink& link, wire::Job::Client job, std::int32_t priority);

struct Cancelled {
  JobInfo job;           // Its last state.
  bool wasOver = false;  // It was over before.
};

// Cancels a job; `reason` becomes that of the job.  Both calls are sent before the first answer
// comes, so that also a slow scheduler gets them.
Cancelled cancelJob(net::ClientLink& link, const JobKey& key, const std::string& reason);
// The same for a job whose submission may not have arrived.
Cancelled cancelSubmission(net::ClientLink& link, const JobSpec& spec, const std::string& requestId,
                           const std::string& reason);

}  // namespace pi::client
