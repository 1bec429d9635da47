// The audit of a job, by what is on disk: whether each sample is counted once, and who computed it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/model/ids.h"
#include "common/model/job.h"
#include "common/model/tally.h"

namespace pi {

// The work of one worker for one job.
struct WorkerShare {
  std::uint32_t threads = 0;           // The most that it had when a tally counted; 0 if none did.
  std::uint64_t leases = 0;            // That it was lent,
  std::uint64_t secondLeases = 0;      // and those of them that another worker held, too.
  std::uint64_t samplesDropped = 0;    // That it reported and that were counted already.
  std::uint64_t samplesConfirmed = 0;  // That the scheduler computed again, with the same hits.
  std::uint64_t disproved = 0;         // Tallies that the scheduler computed again, and were wrong.
  bool operator==(const WorkerShare&) const = default;
};

struct AuditedWorker {
  WorkerId worker{};
  std::string name{}, host{};  // As it said; empty if nothing is known but its number.
  std::uint64_t samples = 0;   // Counted.
  WorkerShare share{};
  bool operator==(const AuditedWorker&) const = default;
};

struct JobAudit {
  JobId job{};
  JobUid uid{};
  JobSpec spec;
  std::uint32_t streamVersion = 0;
  JobState state{};
  std::uint64_t counted = 0;  // Samples.
  std::uint64_t ranges = 0;   // That they lie in.
  Hits hits{};
  // Clauses such as "samples 5 to 9 are counted twice"; at most kAuditFaultsMax.
  std::vector<std::string> faults{};
  std::vector<AuditedWorker> workers{};  // By number; at most kAuditWorkersMax.
  std::uint64_t workersLeftOut = 0;
  // Counted samples of which it is not known any more which workers computed them.
  std::uint64_t samplesOfSeveral = 0;
  bool operator==(const JobAudit&) const = default;

  // The counted samples are exactly [0, counted), and their sums agree with each other.
  bool isProven() const { return faults.empty() && state == JobState::kFinished; }
};

// The sums of the workers of one host, which is what they called it.
struct AuditedHost {
  std::string host;
  std::uint64_t workers = 0;
  std::uint64_t samples = 0;
  WorkerShare share{};
};
std::vector<AuditedHost> hostsOf(const JobAudit& audit);  // By name.

// One sentence, such as "job 3 is proven: each of its 100_000 samples is counted exactly once".
std::string verdictText(const JobAudit& audit);

// The result as lines of text that depend on nothing but the stream, the samples and the hits of
// each stratum.  Anyone who computes the same job gets the same text, and so the same hash of it.
std::string resultLines(const JobAudit& audit);

}  // namespace pi
