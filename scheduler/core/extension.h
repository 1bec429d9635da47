// A finished job grows: the samples that it has stay counted, and only the new ones are computed.
#pragma once

#include <cstdint>
#include <string>

#include "scheduler/core/event.h"
#include "scheduler/core/job_table.h"

namespace pi::scheduler {

// The answer to a request to extend a job.
enum class ExtensionStep : std::uint8_t {
  kBegin,   // The extension is new: it waits for its commit.
  kWait,    // It is the one that waits for its commit already.
  kAccept,  // The job has these samples already, or this request was carried out before.
  kRefuse,
};
struct ExtensionVerdict {
  ExtensionStep step{};
  std::string sentence{};  // Why it is refused, with a remedy.
};

// A pure verdict.  `job` is accepted.
ExtensionVerdict judge(const Job& job, const event::JobExtended& asked);

}  // namespace pi::scheduler
