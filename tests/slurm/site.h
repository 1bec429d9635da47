// A cluster as the lesson has it: a scheduler, a Slurm, and scripts/slurm/worker.sbatch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "tests/cluster/cluster.h"
#include "tests/slurm/slurm.h"

namespace pi::cluster {

struct Site {
  explicit Site(const SlurmSize& size = {}, const Words& schedulerOptions = {});

  // Submits worker.sbatch with these options of sbatch and of pi-worker; returns the job's id.
  std::string sbatch(const Words& options = {}, const Words& workerOptions = {}) const;
  // Runs a line in the home directory as a user would type it, with pi's programs in the PATH.
  Ended type(const std::string& line);
  // The output of the job and its workers.
  std::string logOf(const std::string& job) const;
  // The samples that the workers of the job say they have computed, those that left.
  std::uint64_t computedBy(const std::string& job) const;

  // The batch jobs of the connected workers.
  std::set<std::string> connectedJobs();
  // Waits until these are the batch jobs of the connected workers.
  void waitForJobs(const std::set<std::string>& jobs);
  // Waits until a connected worker of this batch job has contributed.
  void waitForContribution(const std::string& batchJob);

  // All batch jobs that were submitted, also those that have ended.
  std::set<std::string> submittedJobs() const;

  Slurm slurm;
  Cluster cluster;
};

}  // namespace pi::cluster
