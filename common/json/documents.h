// Jobs and workers as JSON.  Field names are a promise to scripts: add fields, never rename one.
// Integers are whole and exact.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "common/model/job.h"
#include "common/model/worker_info.h"

namespace pi {

// Keeps its fields in the order in which they were added.
using Json = nlohmann::ordered_json;

// A job that is not finished has four more fields: samples_counted, chunks_counted, workers_now and
// reason.  Before its first counted sample pi, standard_error and ci95 are null.
Json jobObject(const JobInfo& job);

Json workerObject(const WorkerInfo& worker);

// {schema, job, uid}
Json submissionObject(JobId job, const JobUid& uid);

// {schema, jobs: [...]}
Json jobListObject(std::span<const JobInfo> jobs);

// {schema, workers: [...]}
Json workerListObject(std::span<const WorkerInfo> workers);

// One line of UTF-8 with a newline.  Bytes that are not UTF-8, as a name from another machine may
// hold, become U+FFFD.
std::string jsonLine(const Json& object);

}  // namespace pi
