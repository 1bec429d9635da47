#include "common/json/history_objects.h"

#include "common/base/calendar.h"
#include "common/json/large_numbers.h"
#include "common/model/epoch.h"
#include "common/model/estimate.h"

namespace pi {
Json convergencePointObject(const ConvergencePoint& point, const JobSpec& spec) {
  std::optional<Estimate> found = estimate(jobAt(point, spec));
  std::optional<Estimate> withError = estimateAt(point, spec);
  Json object{{"number", point.number}};
  putLarge(object, "samples", point.samples);
  object["pi"] = found ? Json(found->pi) : Json();
  object["standard_error"] = withError ? Json(withError->standardError) : Json();
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

Json logLineObject(const LogLine& line) {
  Json object{{"time", calendarText(line.time)}, {"level", line.level}, {"text", line.text}};
  if (line.about.job != JobId{}) object["job"] = number(line.about.job);
  if (line.about.worker != WorkerId{}) {
    object["worker"] = number(line.about.worker);
    object["worker_text"] = toText(line.about.worker);
  }
  return object;
}

}  // namespace pi
