#include "common/wire/history.h"

#include <string>

#include "common/base/printable.h"
#include "common/wire/fields.h"
#include "common/wire/wire.h"

namespace pi {
namespace {

using namespace fields;

Instant instantFrom(std::int64_t nanoseconds) { return Instant(Duration(nanoseconds)); }

std::int64_t nanosecondsOf(Instant time) { return time.time_since_epoch().count(); }

// The enums of the schema and ours number their values alike.
constexpr bool areAlike(wire::LeaseOutcome wire, LeaseOutcome ours) {
  return static_cast<int>(wire) == static_cast<int>(ours);
}
static_assert(areAlike(wire::LeaseOutcome::RUNNING, LeaseOutcome::kRunning));
static_assert(areAlike(wire::LeaseOutcome::DONE, LeaseOutcome::kDone));
static_assert(areAlike(wire::LeaseOutcome::TRUNCATED, LeaseOutcome::kTruncated));
static_assert(areAlike(wire::LeaseOutcome::GIVEN_BACK, LeaseOutcome::kGivenBack));
static_assert(areAlike(wire::LeaseOutcome::LOST, LeaseOutcome::kLost));
static_assert(areAlike(wire::LeaseOutcome::DUPLICATE, LeaseOutcome::kDuplicate));
static_assert(areAlike(wire::LeaseOutcome::REVOKED, LeaseOutcome::kRevoked));
static_assert(areAlike(wire::LeaseOutcome::LATE, LeaseOutcome::kLate));

LeaseOutcome outcomeFrom(wire::LeaseOutcome from) {
  require(static_cast<std::size_t>(from) < kLeaseOutcomes,
          "this end of a lease is not known here; use programs of one release");
  return static_cast<LeaseOutcome>(from);
}

}  // namespace

ConvergencePoint fromWire(wire::ConvergencePoint::Reader from) {
  ConvergencePoint point{.number = from.getNumber(),
                         .samples = from.getSamples(),
                         .hits = fromWire(from.getHits()),
                         .elapsed = durationFrom(from.getElapsedNanoseconds()),
                         .isPrefix = from.getIsPrefix(),
                         .isCorrected = from.getIsCorrected()};
  require(point.samples >= 1 && point.samples < kSamplesEnd && point.hits.total() <= point.samples,
          "a point has at least one sample, and no more hits than samples");
  return point;
}

ThroughputParts fromWire(wire::Throughput::Reader from) {
  ThroughputParts throughput{.begin = durationFrom(from.getBeginNanoseconds()),
                             .width = durationFrom(from.getWidthNanoseconds())};
  require(throughput.width > Duration{}, "a part of time has a width");
  require(from.getParts().size() <= kListMax, "a list is too long");
  for (std::uint64_t part : from.getParts()) throughput.parts.push_back(part);
  return throughput;
}

LeaseRecord fromWire(wire::LeaseRecord::Reader from) {
  LeaseRecord record{.number = from.getNumber(),
                     .lease = LeaseId{from.getLease()},
                     .worker = WorkerId{from.getWorker()},
                     .job = JobId{from.getJob()},
                     .range = fromWire(from.getRange()),
                     .counted = from.getCounted(),
                     .hits = fromWire(from.getHits()),
                     .begunAt = instantFrom(from.getBegunNanoseconds()),
                     .endedAt = instantFrom(from.getEndedNanoseconds()),
                     .outcome = outcomeFrom(from.getOutcome())};
  require(record.counted <= record.range.size() && record.hits.total() <= record.counted,
          "no more of a lease is counted than was lent");
  return record;
}

StatePeriod fromWire(wire::StatePeriod::Reader from) {
  StatePeriod period{.state = stateFrom(from.getState()),
                     .begin = instantFrom(from.getBeginNanoseconds())};
  if (from.getHasEnded()) period.end = instantFrom(from.getEndNanoseconds());
  require(!period.end || *period.end >= period.begin, "a period ends after it begins");
  return period;
}

WorkerTrackInfo fromWire(wire::WorkerTrack::Reader from) {
  WorkerTrackInfo track{.worker = WorkerId{from.getWorker()},
                        .profile = fromWire(from.getProfile()),
                        .isGone = from.getIsGone()};
  require(from.getPeriods().size() <= kListMax, "a list is too long");
  for (wire::StatePeriod::Reader period : from.getPeriods()) {
    track.periods.push_back(fromWire(period));
  }
  return track;
}

LogLine fromWire(wire::LogLine::Reader from) {
  return {.number = from.getNumber(),
          .time = WallTime(Duration(from.getTimeNanoseconds())),
          .level = textFrom(from.getLevel(), kReasonBytesMax, "a level of the log"),
          .text = textFrom(from.getText(), kReasonBytesMax, "a line of the log"),
          .about = {.job = JobId{from.getJob()}, .worker = WorkerId{from.getWorker()}}};
}

void toWire(const ConvergencePoint& from, wire::ConvergencePoint::Builder to) {
  to.setNumber(from.number);
  to.setSamples(from.samples);
  strataToWire(from.hits.strata, [&to](unsigned size) { return to.initHits(size); });
  to.setElapsedNanoseconds(fields::nanosecondsOf(from.elapsed));
  to.setIsPrefix(from.isPrefix);
  to.setIsCorrected(from.isCorrected);
}

void toWire(const ThroughputParts& from, wire::Throughput::Builder to) {
  to.setBeginNanoseconds(fields::nanosecondsOf(from.begin));
  to.setWidthNanoseconds(fields::nanosecondsOf(from.width));
  to.setParts(kj::arrayPtr(from.parts.data(), from.parts.size()));
}

void toWire(const LeaseRecord& from, wire::LeaseRecord::Builder to) {
  to.setNumber(from.number);
  to.setLease(number(from.lease));
  to.setWorker(number(from.worker));
  to.setJob(number(from.job));
  toWire(from.range, to.initRange());
  to.setCounted(from.counted);
  strataToWire(from.hits.strata, [&to](unsigned size) { return to.initHits(size); });
  to.setBegunNanoseconds(nanosecondsOf(from.begunAt));
  to.setEndedNanoseconds(nanosecondsOf(from.endedAt));
  to.setOutcome(static_cast<wire::LeaseOutcome>(from.outcome));
}

void toWire(const StatePeriod& from, wire::StatePeriod::Builder to) {
  to.setState(static_cast<wire::WorkerState>(from.state));
  to.setBeginNanoseconds(nanosecondsOf(from.begin));
  to.setEndNanoseconds(nanosecondsOf(from.end.value_or(Instant{})));
  to.setHasEnded(from.end.has_value());
}

void toWire(const WorkerTrackInfo& from, wire::WorkerTrack::Builder to) {
  to.setWorker(number(from.worker));
  toWire(from.profile, to.initProfile());
  to.setIsGone(from.isGone);
  auto periods = to.initPeriods(static_cast<unsigned>(from.periods.size()));
  for (unsigned i = 0; i < periods.size(); ++i) toWire(from.periods[i], periods[i]);
}

void toWire(const LogLine& from, wire::LogLine::Builder to) {
  to.setNumber(from.number);
  to.setTimeNanoseconds(from.time.time_since_epoch().count());
  to.setLevel(from.level.c_str());
  to.setText(std::string(frontOf(printable(from.text), kReasonBytesMax)).c_str());
  to.setJob(number(from.about.job));
  to.setWorker(number(from.about.worker));
}

}  // namespace pi
