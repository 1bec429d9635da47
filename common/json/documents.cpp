#include "common/json/documents.h"

#include <optional>
#include <utility>

#include "common/model/epoch.h"
#include "common/model/estimate.h"

namespace pi {
namespace {

constexpr int kSchema = 1;

}  // namespace

Json jobObject(const JobInfo& job) {
  const JobSpec& spec = job.spec;
  Json object{{"schema", kSchema}, {"job", number(job.id)}};
  object["uid"] = job.uid == JobUid{} ? Json() : Json(hexText(job.uid));
  object["state"] = name(job.state);
  object["samples"] = spec.samples;
  object["hits"] = job.hits.total();
  std::optional<Estimate> found = estimate(job);
  object["pi"] = found ? Json(found->pi) : Json();
  object["standard_error"] = found ? Json(found->standardError) : Json();
  object["ci95"] = found ? Json::array({found->low, found->high}) : Json();
  object["seed"] = spec.stream.seed;
  object["sampler"] = name(spec.stream.sampler);
  object["stream_version"] = job.streamVersion;
  object["chunk_size"] = spec.chunkSize;
  object["chunks"] = spec.chunks();
  object["wall_seconds"] = wallSeconds(job);
  object["samples_per_second"] = isOver(job.state) ? meanRate(job) : job.samplesPerSecond;
  object["workers"] = job.workers;
  object["threads"] = job.threads;
  object["duplicates_dropped"] = job.duplicatesDropped;
  if (job.state == JobState::kFinished) return object;
  object["samples_counted"] = job.samplesCounted;
  object["chunks_counted"] = job.chunksCounted;
  object["workers_now"] = job.workersNow;
  object["reason"] = job.reason;
  return object;
}

Json workerObject(const WorkerInfo& worker) {
  const WorkerProfile& profile = worker.profile;
  return {{"worker", number(worker.id)},
          {"worker_text", toText(worker.id)},
          {"name", profile.name},
          {"state", name(worker.state)},
          {"host", profile.host},
          {"pid", profile.pid},
          {"threads", profile.threads},
          {"kernel", profile.kernel},
          {"batch_job", profile.batchJob},
          {"samples_per_second", worker.samplesPerSecond},
          {"samples_contributed", worker.samplesContributed},
          {"leases", worker.leases},
          {"seconds_since_heard", seconds(worker.sinceHeard)},
          {"reason", worker.reason}};
}

Json submissionObject(JobId job, const JobUid& uid) {
  return {{"schema", kSchema}, {"job", number(job)}, {"uid", hexText(uid)}};
}

Json jobListObject(std::span<const JobInfo> jobs) {
  Json list = Json::array();
  for (const JobInfo& job : jobs) list.push_back(jobObject(job));
  return {{"schema", kSchema}, {"jobs", std::move(list)}};
}

Json workerListObject(std::span<const WorkerInfo> workers) {
  Json list = Json::array();
  for (const WorkerInfo& worker : workers) list.push_back(workerObject(worker));
  return {{"schema", kSchema}, {"workers", std::move(list)}};
}

std::string jsonLine(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pi
