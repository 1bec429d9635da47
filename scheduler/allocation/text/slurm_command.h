// The commands that Slurm is asked by.
#pragma once

#include <string>
#include <vector>

#include "scheduler/allocation/core/batch_system.h"

namespace pi::allocation {

// All workers of a scheduler have this in common.
struct WorkerStart {
  std::string worker{};          // The path of pi-worker; empty: it is looked for in the PATH.
  std::string connectionFile{};  // An absolute path.
  std::string logFolder{};       // For one log each, NAME.log.
};

std::string logPath(const WorkerStart& start, const std::string& name);

using Words = std::vector<std::string>;

// sbatch, which reads the script from its stdin.
Words submitWords(const AllocationRequest& request, const WorkerStart& start);

// squeue, for readList(): all jobs of this user in one call.
Words listWords();

// scancel.  With `onlyPending`, jobs that already run are left alone.
Words cancelWords(const Words& ids, bool onlyPending);

// For jobInScontrol(): while the controller remembers the job, some minutes after its end.
Words recentJobWords(const std::string& id);
// For jobInSacct(): where the site keeps the jobs of the past.
Words pastJobWords(const std::string& id);

// The variables for sbatch, which the job gets, too.  `own` are those of this process, "NAME=value"
// each: options in SBATCH_... that would break the command are left out, and so are those of the
// job in which the scheduler itself may run.
Words submitEnvironment(const Words& own, const AllocationRequest& request,
                        const WorkerStart& start);

// The same for the other commands, whose answers such variables would change.
Words queryEnvironment(const Words& own);

// The command line that a person would type for the same submission.
std::string submitText(const AllocationRequest& request, const WorkerStart& start);

}  // namespace pi::allocation
