// The text that commands print for people, newlines included.  common/json has the same for
// scripts.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/scaling_fit.h"
#include "common/base/clock.h"
#include "common/model/estimate.h"
#include "common/model/job.h"
#include "common/model/job_audit.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_info.h"

namespace pi::client {

// The abilities of the reader's terminal.
struct TextStyle {
  std::string_view plusMinus = kPlusMinus;
  std::size_t columns = 0;  // The width that tables fit; 0: they have all columns.
};

// The result of a job: the estimate with its error, the request, and how fast it was computed.
std::string resultText(const JobInfo& job, const TextStyle& style = {});

// Only the known digits of the estimate; "unknown" before the first counted sample.
std::string quietText(const JobInfo& job);

// The progress of a job; the result if it is over.
std::string statusText(const JobInfo& job, const TextStyle& style = {});

std::string submitText(JobId job);

// Tables with one line for each job or worker; a sentence if there is none.
std::string listText(std::span<const JobInfo> jobs, const TextStyle& style = {});
std::string workersText(std::span<const WorkerInfo> workers, const TextStyle& style = {});

// The verdict of the audit, and the shares of workers and hosts.
std::string auditText(const JobAudit& audit, const std::string& hash, const TextStyle& style = {});

// A table of the measurements, and what they say about the serial fraction.
std::string scalingText(ScalingMode mode, std::span<const ScalingRow> rows,
                        const std::optional<SerialFraction>& fraction, const TextStyle& style);

std::string infoText(const SchedulerInfo& info);

// "42.3 %" of the samples are counted.  "100.0 %" only if all are.
std::string percentText(const JobInfo& job);

// The reason why the job is not computed, as in "waiting for workers"; empty if it is.
std::string waitingText(const JobInfo& job);

// Until the job is finished, at its present rate; nullopt if that is not known.
std::optional<Duration> timeLeft(const JobInfo& job);

// "about 12 years" for samples that take so long at this rate, a year or more; else nullopt.
std::optional<std::string> yearsText(std::uint64_t samples, std::uint64_t samplesPerSecond);

}  // namespace pi::client
