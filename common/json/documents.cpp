#include "common/json/documents.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/calendar.h"
#include "common/json/large_numbers.h"
#include "common/model/block.h"
#include "common/model/epoch.h"
#include "common/model/estimate.h"
#include "common/model/target.h"

namespace pi {
namespace {

Json textOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

double inHours(std::uint64_t seconds) { return static_cast<double>(seconds) / 3600; }

Json timeOrNull(std::optional<WallTime> time) { return time ? Json(calendarText(*time)) : Json(); }

// Null for a job that is over.
template <typename Value>
Json ifNotOver(const JobInfo& job, Value value) {
  return isOver(job.state) ? Json() : Json(value);
}

void putShare(Json& object, std::uint64_t samples, const WorkerShare& share) {
  putLarge(object, "samples", samples);
  object["threads"] = share.threads;
  object["leases"] = share.leases;
  object["second_leases"] = share.secondLeases;
  putLarge(object, "samples_dropped", share.samplesDropped);
  putLarge(object, "samples_recomputed", share.samplesConfirmed);
  object["disproved"] = share.disproved;
}

}  // namespace

Json jobObject(const JobInfo& job, Place place) {
  const JobSpec& spec = job.spec;
  Json object{{"schema", kSchema}, {"job", number(job.id)}};
  object["uid"] = job.uid == JobUid{} ? Json() : Json(hexText(job.uid));
  object["name"] = textOrNull(spec.name);
  object["submitter"] = textOrNull(spec.submitter);
  object["local"] = place == Place::kThisProgram;
  object["state"] = name(job.state);
  object["reason"] = textOrNull(job.reason);
  object["waiting_for_disk"] = ifNotOver(job, job.waitsForDisk);
  object["workers_awaited"] = textOrNull(job.workersAwaited);
  object["priority"] = spec.priority;
  object["max_threads"] = spec.threadsMax > 0 ? Json(spec.threadsMax) : Json();
  object["submitted_at"] = timeOrNull(submissionOf(job));
  object["started_at"] = timeOrNull(startOf(job));
  object["ended_at"] = timeOrNull(endOf(job));
  putLarge(object, "samples", spec.samples);
  putLarge(object, "extended_from", job.extendedFrom);
  putLarge(object, "samples_counted", job.samplesCounted);
  putLarge(object, "hits", job.hits.total());
  std::optional<Estimate> found = estimate(job);
  object["pi"] = found ? Json(found->pi) : Json();
  object["pi_text"] = found ? Json(knownDigits(*found).pi) : Json();
  object["standard_error"] = found ? Json(found->standardError) : Json();
  object["ci95"] = found ? Json::array({found->low, found->high}) : Json();
  object["target_error"] = spec.targetError > 0 ? Json(spec.targetError) : Json();
  std::optional<bool> isReached = isTargetReached(job);
  object["target_reached"] = isReached ? Json(*isReached) : Json();
  // No sample behind a prefix is lent before the prefix is counted and was not precise enough.
  object["samples_discarded"] = isReached ? Json(0) : Json();
  putLarge(object, "seed", spec.stream.seed);
  object["sampler"] = name(spec.stream.sampler);
  object["counted_by"] = isCountedByNets(spec) ? "nets" : "sampling";
  object["stream_version"] = job.streamVersion;
  putLarge(object, "chunk_size", spec.chunkSize);
  putLarge(object, "chunks", spec.chunks());
  putLarge(object, "chunks_counted", job.chunksCounted);
  object["waiting_seconds"] = seconds(job.waiting);
  object["wall_seconds"] = wallSeconds(job);
  putLarge(object, "samples_per_second", isOver(job.state) ? meanRate(job) : job.samplesPerSecond);
  object["workers_now"] = ifNotOver(job, job.workersNow);
  object["workers"] = job.workers;
  object["threads"] = job.threads;
  putLarge(object, "duplicates_dropped", job.duplicatesDropped);
  return object;
}

Json workerObject(const WorkerInfo& worker) {
  const WorkerProfile& profile = worker.profile;
  Json object{{"worker", number(worker.id)},
              {"worker_text", toText(worker.id)},
              {"name", profile.name},
              {"state", name(worker.state)},
              {"host", profile.host},
              {"pid", profile.pid},
              {"threads", profile.threads},
              {"kernel", profile.kernel},
              {"devices", profile.devices},
              {"batch_job", profile.batchJob},
              {"allocation", profile.allocation}};
  putLarge(object, "samples_per_second", worker.samplesPerSecond);
  object["leases"] = worker.leases;
  object["seconds_since_heard"] = seconds(worker.sinceHeard);
  object["connected_seconds"] = seconds(worker.connected);
  object["seconds_left"] = worker.timeLeft ? Json(seconds(*worker.timeLeft)) : Json();
  object["reason"] = worker.reason;
  putLarge(object, "samples_contributed", worker.samplesContributed);
  return object;
}

Json auditObject(const JobAudit& audit, const std::string& hash) {
  Json object{{"schema", kSchema}, {"job", number(audit.job)}};
  object["uid"] = audit.uid == JobUid{} ? Json() : Json(hexText(audit.uid));
  object["state"] = name(audit.state);
  object["proven"] = audit.isProven();
  object["verdict"] = verdictText(audit);
  object["faults"] = audit.faults;
  object["stream_version"] = audit.streamVersion;
  object["sampler"] = name(audit.spec.stream.sampler);
  putLarge(object, "seed", audit.spec.stream.seed);
  putLarge(object, "samples", audit.spec.samples);
  putLarge(object, "samples_counted", audit.counted);
  object["ranges"] = audit.ranges;
  putLarge(object, "hits", audit.hits.total());
  std::size_t strata = strataCount(audit.spec.stream.sampler);
  putLarge(
      object, "hits_by_stratum",
      std::vector(audit.hits.strata.begin(), audit.hits.strata.begin() + std::ptrdiff_t(strata)));
  object["hash"] = hash;
  object["workers"] = Json::array();
  for (const AuditedWorker& worker : audit.workers) {
    Json one{{"worker", number(worker.worker)},
             {"worker_text", toText(worker.worker)},
             {"name", textOrNull(worker.name)},
             {"host", textOrNull(worker.host)}};
    putShare(one, worker.samples, worker.share);
    object["workers"].push_back(std::move(one));
  }
  object["hosts"] = Json::array();
  for (const AuditedHost& host : hostsOf(audit)) {
    Json one{{"host", textOrNull(host.host)}, {"workers", host.workers}};
    putShare(one, host.samples, host.share);
    object["hosts"].push_back(std::move(one));
  }
  object["workers_left_out"] = audit.workersLeftOut;
  putLarge(object, "samples_of_several", audit.samplesOfSeveral);
  return object;
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

Json infoObject(const SchedulerInfo& info) {
  Json object{{"schema", kSchema},
              {"version", info.programVersion},
              {"git_commit", info.gitCommit},
              {"protocol_version", info.protocolVersion},
              {"stream_version", info.streamVersion},
              {"host", info.host},
              {"pid", info.pid},
              {"addresses", info.addresses},
              {"dashboard", info.dashboard ? Json(*info.dashboard) : Json()},
              {"uptime_seconds", seconds(info.uptime)},
              {"unfinished_jobs", info.unfinishedJobs},
              {"workers", info.workers},
              {"threads", info.threads}};
  putLarge(object, "samples_per_second", info.samplesPerSecond);
  object["disk_failure"] = info.diskFailure ? Json(*info.diskFailure) : Json();
  object["queues"] = queueListObject(info.queues);
  return object;
}

Json queueListObject(std::span<const QueueInfo> queues) {
  Json list = Json::array();
  for (const QueueInfo& queue : queues) {
    Json object{{"queue", list.size() + 1},
                {"name", queue.name},
                {"paused_because", textOrNull(queue.pausedBecause)},
                {"why_not_more", textOrNull(queue.whyNotMore)},
                {"workers_min", queue.workersMin},
                {"workers_max", queue.workersMax},
                {"pending", queue.pending},
                {"running", queue.running},
                {"pending_reason", textOrNull(queue.pendingReason)},
                {"node_hours", inHours(queue.nodeSeconds)}};
    object["node_hours_max"] =
        queue.nodeSecondsMax > 0 ? Json(inHours(queue.nodeSecondsMax)) : Json();
    list.push_back(std::move(object));
  }
  return list;
}

Json allocationObject(const AllocationInfo& allocation) {
  Json object{{"name", allocation.name},
              {"batch_job", textOrNull(allocation.id)},
              {"stage", allocation.stage},
              {"reason", textOrNull(allocation.reason)},
              {"connected", allocation.isConnected},
              {"leaving", allocation.isLeaving},
              {"node_hours", inHours(allocation.nodeSeconds)}};
  object["starts_in_seconds"] = allocation.startsIn ? Json(seconds(*allocation.startsIn)) : Json();
  return object;
}

std::string jsonLine(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pi
