#include "scheduler/store/audit.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "common/base/quantity.h"
#include "common/model/limits.h"
#include "scheduler/store/settings.h"
#include "scheduler/store/store_error.h"

namespace pi::scheduler {
namespace {

using sqlite::Statement;

// The contributor of a fragment whose parts several workers computed.
constexpr WorkerId kSeveralWorkers{};

std::string samplesText(std::uint64_t begin, std::uint64_t end) {
  return "samples " + std::to_string(begin) + " to " + std::to_string(end - 1);
}

// How many whole numbers of [0, end) are `stratum` modulo `strata`.
std::uint64_t inStratum(std::uint64_t end, std::uint64_t stratum, std::uint64_t strata) {
  return end / strata + (end % strata > stratum ? 1 : 0);
}

// Eight bytes for each stratum, the lowest first; nothing if there are not so many.
std::optional<Hits> hitsOf(const std::string& bytes, std::size_t strata) {
  if (bytes.size() != 8 * strata) return std::nullopt;
  Hits hits;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hits.strata[i / 8] |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << 8 * (i % 8);
  }
  return hits;
}

}  // namespace

Audit::Audit(sqlite::Connection& connection, JobId job) : connection_(connection) {
  audit_.job = job;
}

bool Audit::step() {
  try {
    switch (part_) {
      case Part::kJob:
        readJob();
        break;
      case Part::kFragments:
        readFragments();
        break;
      case Part::kContributors:
        readContributors();
        break;
      case Part::kEnd:
        break;
    }
  } catch (const StoreError& error) {
    fault(error.what());
    part_ = Part::kEnd;
  }
  if (part_ == Part::kEnd) finish();
  return part_ == Part::kEnd;
}

void Audit::readJob() {
  part_ = Part::kFragments;
  checksumAtFirst_ = checksumOfJob();
  Statement row(connection_, "SELECT * FROM job WHERE id = ?");
  row.put(number(audit_.job));
  if (!row.next()) throw StoreError("the store has no job " + std::to_string(number(audit_.job)));
  row.number();
  std::string uid = row.blob();
  std::copy_n(uid.begin(), std::min(uid.size(), audit_.uid.bytes.size()), audit_.uid.bytes.begin());
  audit_.streamVersion = static_cast<std::uint32_t>(row.number());
  audit_.spec.stream.seed = row.number();
  audit_.spec.stream.sampler = static_cast<Sampler>(std::min<std::uint64_t>(row.number(), 0xFF));
  audit_.spec.samples = row.number();
  audit_.spec.chunkSize = row.number();
  audit_.spec.targetError = std::bit_cast<double>(row.number());
  row.number();  // Its priority.
  row.text();    // Its submitter.
  row.text();    // Its name.
  audit_.state = static_cast<JobState>(std::min<std::uint64_t>(row.number(), 0xFF));
  row.text();                                // The reason.
  row.blob();                                // The request id.
  for (int i = 0; i < 8; ++i) row.number();  // Duplicates, and times.
  row.verifyChecksum();
  row.reset();
  if (!isKnown(audit_.spec.stream.sampler)) throw StoreError("its sampler is unknown");
  if (audit_.state > JobState::kFailed) throw StoreError("its state is unknown");
}

// The row's checksum covers the job as a whole: if it is the same later, the job is the same.
std::uint64_t Audit::checksumOfJob() {
  Statement row(connection_, "SELECT sum FROM job WHERE id = ?");
  row.put(number(audit_.job));
  std::uint64_t sum = row.next() ? row.number() : 0;
  row.reset();
  return sum;
}

void Audit::readFragments() {
  // Begins are below 2^63, so SQLite's signed order is theirs.
  Statement rows(connection_,
                 "SELECT job, range_begin, range_end, worker, hits, sum FROM fragment "
                 "WHERE job = ? AND range_begin >= ? ORDER BY range_begin LIMIT ?");
  rows.put(number(audit_.job)).put(lastBegin_ ? *lastBegin_ + 1 : 0).put(kAuditSliceRows);
  std::uint64_t read = 0;
  for (; rows.next(); ++read) {
    rows.number();
    SampleRange range;
    range.begin = rows.number();
    range.end = rows.number();
    WorkerId worker{rows.number()};
    std::string hits = rows.blob();
    rows.verifyChecksum();
    lastBegin_ = range.begin;
    addFragment(range, worker, hits);
  }
  if (read < kAuditSliceRows) part_ = Part::kContributors;
}

void Audit::addFragment(SampleRange range, WorkerId worker, const std::string& hits) {
  if (range.end <= range.begin || range.end >= kSamplesEnd) {
    return fault("a counted range has the impossible end " + std::to_string(range.end));
  }
  if (range.begin < end_) {
    fault(samplesText(range.begin, std::min(end_, range.end)) + " are counted twice");
  }
  if (range.begin > end_ && audit_.state == JobState::kFinished) {
    fault(samplesText(end_, range.begin) + " are not counted");
  }
  end_ = std::max(end_, range.end);
  audit_.counted += range.size();
  ++audit_.ranges;
  if (worker == kSeveralWorkers) {
    audit_.samplesOfSeveral += range.size();
  } else {
    workers_[worker].samples += range.size();
  }
  std::size_t strata = strataCount(audit_.spec.stream.sampler);
  std::optional<Hits> counted = hitsOf(hits, strata);
  if (!counted)
    return fault("the hits of " + samplesText(range.begin, range.end) + " are no numbers");
  for (std::size_t i = 0; i < strata; ++i) {
    std::uint64_t most = inStratum(range.end, i, strata) - inStratum(range.begin, i, strata);
    if (counted->strata[i] > most) {
      return fault(samplesText(range.begin, range.end) + " have more hits than samples");
    }
    audit_.hits.strata[i] += counted->strata[i];
  }
}

void Audit::readContributors() {
  // Numbers of workers have 64 bits, and SQLite orders them as signed ones.
  constexpr auto kFirst = std::bit_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::min());
  Statement rows(connection_, lastWorker_
                                  ? "SELECT * FROM contributor WHERE job = ? AND worker > ? "
                                    "ORDER BY worker LIMIT ?"
                                  : "SELECT * FROM contributor WHERE job = ? AND worker >= ? "
                                    "ORDER BY worker LIMIT ?");
  rows.put(number(audit_.job)).put(lastWorker_ ? number(*lastWorker_) : kFirst);
  rows.put(kAuditSliceRows);
  std::uint64_t read = 0;
  for (; rows.next(); ++read) {
    rows.number();
    lastWorker_ = WorkerId{rows.number()};
    AuditedWorker& worker = workers_[*lastWorker_];
    worker.name = rows.text();
    worker.host = rows.text();
    worker.share.threads = static_cast<std::uint32_t>(rows.number());
    worker.share.leases = rows.number();
    worker.share.secondLeases = rows.number();
    worker.share.samplesDropped = rows.number();
    worker.share.samplesConfirmed = rows.number();
    worker.share.disproved = rows.number();
    rows.verifyChecksum();
  }
  if (read < kAuditSliceRows) {
    compareSums();
    part_ = Part::kEnd;
  }
}

// The points of the job's convergence were added up while it was computed: the last one has the
// sums of all that was counted.
void Audit::compareSums() {
  const JobSpec& spec = audit_.spec;
  bool isWhole = spec.targetError > 0 || audit_.counted == spec.samples;
  if (audit_.state == JobState::kFinished && !isWhole && audit_.faults.empty()) {
    fault(countText(audit_.counted) + " samples are counted, and the job has " +
          countText(spec.samples));
  }
  Statement row(connection_,
                "SELECT * FROM convergence WHERE job = ? ORDER BY number DESC LIMIT 1");
  row.put(number(audit_.job));
  if (!row.next()) {
    if (audit_.counted > 0) fault("the sums that were kept while it was computed are missing");
    return;
  }
  row.number();
  row.number();
  std::uint64_t samples = row.number();
  row.number();
  row.number();
  std::string hits = row.blob();
  row.verifyChecksum();
  row.reset();
  std::optional<Hits> sum = hitsOf(hits, strataCount(spec.stream.sampler));
  if (samples != audit_.counted || !sum || *sum != audit_.hits) {
    fault("its ranges add up to " + std::to_string(audit_.hits.total()) + " hits of " +
          std::to_string(audit_.counted) + " samples, and while it was computed they were " +
          std::to_string(sum ? sum->total() : 0) + " of " + std::to_string(samples));
  }
}

void Audit::finish() {
  if (audit_.faults.empty() && checksumOfJob() != checksumAtFirst_) {
    fault("it was changed during the audit; audit it again");
  }
  for (auto& [id, worker] : workers_) {
    worker.worker = id;
    if (audit_.workers.size() < kAuditWorkersMax) {
      audit_.workers.push_back(std::move(worker));
    } else {
      ++audit_.workersLeftOut;
    }
  }
  workers_.clear();
}

void Audit::fault(const std::string& what) {
  if (audit_.faults.size() < kAuditFaultsMax) audit_.faults.push_back(what);
}

}  // namespace pi::scheduler
