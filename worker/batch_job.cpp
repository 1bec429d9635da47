#include "worker/batch_job.h"

#include <cstdlib>

#include "common/base/printable.h"
#include "common/model/worker_info.h"

namespace pi::worker {

std::string batchJob() {
  for (const char* variable : {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID"}) {
    const char* id = std::getenv(variable);
    if (id != nullptr && *id != '\0') return printable(id).substr(0, kProfileTextBytesMax);
  }
  return "";
}

}  // namespace pi::worker
