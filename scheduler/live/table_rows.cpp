#include "scheduler/live/table_rows.h"

#include <tuple>

#include "common/json/documents.h"
#include "scheduler/live/frame_text.h"

namespace pi::scheduler::live {
namespace {

JobInfo withoutTimes(JobInfo job) {
  job.waiting = job.elapsed = job.age = Duration{};
  return job;
}

// Rounded, so that a worker that rests is not a change each time.
auto heardAbout(const StateRow& row) {
  return (row.now - row.worker.sinceHeard).time_since_epoch() / std::chrono::seconds(2);
}

// The same for its end, which the viewer counts down to.
auto endsAbout(const StateRow& row) {
  Instant end = row.now + row.worker.timeLeft.value_or(Duration::zero());
  bool hasEnd = row.worker.timeLeft > Duration::zero();
  return hasEnd ? end.time_since_epoch() / std::chrono::seconds(2) : 0;
}

}  // namespace

bool JobRow::operator==(const JobRow& other) const {
  return withoutTimes(job) == withoutTimes(other.job);
}

std::string textOf(const JobRow& row) { return compact(jobObject(row.job)); }

std::string textOf(const WorkerRow& row) {
  const WorkerProfile& profile = row.profile;
  return compact(
      Json::array({number(row.id), profile.name, profile.host, profile.batchJob, profile.kernel,
                   profile.devices, profile.threads, profile.samplesPerSecond}));
}

bool StateRow::operator==(const StateRow& other) const {
  auto key = [](const StateRow& row) {
    return std::tuple(row.worker.state, row.samplesPerSecond, row.worker.samplesContributed,
                      row.worker.leases, heardAbout(row), endsAbout(row), row.worker.reason);
  };
  return key(*this) == key(other);
}

std::string textOf(const StateRow& row) {
  const WorkerInfo& worker = row.worker;
  auto milliseconds = [](Duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  };
  Json fields =
      Json::array({number(worker.id), name(worker.state), row.samplesPerSecond,
                   worker.samplesContributed, worker.leases, milliseconds(worker.sinceHeard),
                   worker.reason, milliseconds(worker.connected)});
  if (worker.timeLeft) fields.push_back(milliseconds(*worker.timeLeft));
  return compact(fields);
}

}  // namespace pi::scheduler::live
