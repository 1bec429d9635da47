#include "common/json/history_objects.h"

#include "common/json/large_numbers.h"
#include "common/model/epoch.h"
#include "common/model/estimate.h"

namespace pi {
namespace {

// A job of which this is counted.
JobInfo jobAt(const ConvergencePoint& point, const JobSpec& spec) {
  JobInfo job{.spec = spec, .samplesCounted = point.samples, .hits = point.hits};
  if (!point.isPrefix) return job;
  std::size_t strata = strataCount(spec.stream.sampler);
  for (std::size_t i = 0; i < strata; ++i) {
    job.stratumSamples[i] = stratumSize({.begin = 0, .end = point.samples}, i, strata);
  }
  return job;
}

}  // namespace

Json convergencePointObject(const ConvergencePoint& point, const JobSpec& spec) {
  std::optional<Estimate> found = estimate(jobAt(point, spec));
  bool needsPrefix = traitsOf(spec.stream.sampler).errorModel == ErrorModel::kReplicates;
  bool hasError = found && (point.isPrefix || !needsPrefix);
  Json object{{"number", point.number}};
  putLarge(object, "samples", point.samples);
  object["pi"] = found ? Json(found->pi) : Json();
  object["standard_error"] = hasError ? Json(found->standardError) : Json();
  object["elapsed_seconds"] = seconds(point.elapsed);
  object["is_prefix"] = point.isPrefix;
  object["is_corrected"] = point.isCorrected;
  return object;
}

Json leaseRecordObject(const LeaseRecord& record, Instant start) {
  bool isRunning = record.outcome == LeaseOutcome::kRunning;
  Json object = Json::object();
  putLarge(object, "lease", number(record.lease));
  object["worker"] = number(record.worker);
  object["worker_text"] = toText(record.worker);
  object["job"] = number(record.job);
  object["outcome"] = name(record.outcome);
  putLarge(object, "begin", record.range.begin);
  putLarge(object, "end", record.range.end);
  putLarge(object, "counted", record.counted);
  putLarge(object, "hits", record.hits.total());
  object["begun_seconds"] = seconds(record.begunAt - start);
  object["ended_seconds"] = isRunning ? Json() : Json(seconds(record.endedAt - start));
  return object;
}

}  // namespace pi
