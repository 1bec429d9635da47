// Jobs and workers as JSON.  Field names are a promise to scripts: add fields, never rename one.
// Integers are whole and exact.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "common/model/job.h"
#include "common/model/job_audit.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_info.h"

namespace pi {

// Keeps its fields in the order in which they were added.
using Json = nlohmann::ordered_json;

// The version of all these documents.
inline constexpr int kSchema = 1;

// Where a job is computed.
enum class Place { kCluster, kThisProgram };

// Every job has the same fields, in every state.  A field without a value is null: what has not
// happened yet, what the user did not give, and, when the job is over, what is only true now.
// Numbers that can exceed 2^53 have a decimal twin, because many programs read JSON's numbers as
// doubles.
Json jobObject(const JobInfo& job, Place place = Place::kCluster);

Json workerObject(const WorkerInfo& worker);

// {schema, job, uid}
Json submissionObject(JobId job, const JobUid& uid);

// {schema, jobs: [...]}
Json jobListObject(std::span<const JobInfo> jobs);

// The audit of a job; `hash` is that of its resultLines().
Json auditObject(const JobAudit& audit, const std::string& hash);

// {schema, workers: [...]}
Json workerListObject(std::span<const WorkerInfo> workers);

Json infoObject(const SchedulerInfo& info);
// Without their allocations.
Json queueListObject(std::span<const QueueInfo> queues);
Json allocationObject(const AllocationInfo& allocation);

// One line of UTF-8 with a newline.  Bytes that are not UTF-8, as a name from another machine may
// hold, become U+FFFD.
std::string jsonLine(const Json& object);

}  // namespace pi
