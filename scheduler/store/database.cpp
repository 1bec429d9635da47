#include "scheduler/store/database.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "scheduler/store/allocation_table.h"
#include "scheduler/store/convergence_table.h"
#include "scheduler/store/job_rows.h"
#include "scheduler/store/random_bytes.h"
#include "scheduler/store/settings.h"
#include "scheduler/store/sqlite.h"
#include "scheduler/store/store_error.h"
#include "scheduler/store/store_file.h"
#include "scheduler/store/validate.h"

namespace pi::scheduler {
namespace {

using sqlite::Connection;
using sqlite::Statement;

std::uint64_t fromSigned(std::int64_t number) { return std::bit_cast<std::uint64_t>(number); }
std::int64_t toSigned(std::uint64_t number) { return std::bit_cast<std::int64_t>(number); }

// A number that does not fit becomes a value that validate() refuses.
template <typename Enum>
Enum toEnum(std::uint64_t number) {
  return static_cast<Enum>(std::min<std::uint64_t>(number, 0xFF));
}

std::string bytesOf(const std::array<std::uint8_t, 16>& bytes) {
  return {bytes.begin(), bytes.end()};
}

// A duration that there may be; the file has -1 for none.
std::uint64_t toNumber(std::optional<Duration> duration) {
  return fromSigned(duration ? std::min(*duration, kAgeMax).count() : -1);
}

std::optional<Duration> toOptional(std::uint64_t number) {
  return toSigned(number) == -1 ? std::nullopt : std::optional(Duration(toSigned(number)));
}

// Device and inode identify a file.  Zeros if there is no file.
using FileIdentity = std::pair<dev_t, ino_t>;

FileIdentity identityOf(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

}  // namespace

struct Database::Session {
  explicit Session(const std::string& filePath)
      : path(filePath), connection(openStore(filePath)), identity(identityOf(filePath)) {}

  // Throws if the path no longer leads to the open file: data written to it would be lost.
  void requireSameFile() const;

  void write(std::string_view secret, const Head& head);
  void write(std::uint64_t epoch, const Incarnation& incarnation);
  // `time` is the store's.
  void write(const JobChanges& changes, Duration time);
  void write(const JobRecord& record, Duration time);
  void writeThreadLimit(JobId job, std::uint32_t threadsMax);
  void write(JobId job, const Extension& extension);
  void write(JobId job, Sampler sampler, const Fragment& fragment);
  void write(JobId job, const Contributor& contributor);
  void forget(JobId job);

  std::vector<SavedJob> readJobs(Duration time);
  void readThreadLimits(std::vector<SavedJob>& jobs);
  void readExtensions(std::vector<SavedJob>& jobs);
  void readFragments(std::vector<SavedJob>& jobs);
  void readContributors(std::vector<SavedJob>& jobs);
  std::map<std::uint64_t, Incarnation> readIncarnations();

  std::string path;
  Connection connection;
  FileIdentity identity;  // The file that was opened.
  Statement putStore{connection, "REPLACE INTO store VALUES (1,?,?,?,?,?,?,?,?)"};
  Statement putIncarnation{connection, "REPLACE INTO incarnation VALUES (?,?,?)"};
  Statement forgetIncarnations{connection, "DELETE FROM incarnation WHERE epoch < ?"};
  Statement putJob{connection,
                   "REPLACE INTO job VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"};
  Statement putThreadLimit{connection, "REPLACE INTO thread_limit VALUES (?,?,?)"};
  Statement putExtension{connection, "REPLACE INTO extension VALUES (?,?,?,?)"};
  Statement putFragment{connection, "REPLACE INTO fragment VALUES (?,?,?,?,?,?)"};
  Statement putContributor{connection, "REPLACE INTO contributor VALUES (?,?,?,?,?,?,?,?,?,?,?)"};
  Statement eraseFragment{connection, "DELETE FROM fragment WHERE job = ? AND range_begin = ?"};
  Statement forgetJob{connection, "DELETE FROM job WHERE id = ?"};
  Statement forgetThreadLimit{connection, "DELETE FROM thread_limit WHERE job = ?"};
  Statement forgetExtensions{connection, "DELETE FROM extension WHERE job = ?"};
  Statement forgetFragments{connection, "DELETE FROM fragment WHERE job = ?"};
  Statement forgetContributors{connection, "DELETE FROM contributor WHERE job = ?"};
  ConvergenceTable convergence{connection};
  AllocationTable allocations{connection};
};

void Database::Session::write(std::string_view secret, const Head& head) {
  putStore.putBlob(secret)
      .put(head.epoch)
      .put(number(head.lastJob))
      .put(fromSigned(head.time.count()))
      .put(fromSigned(head.clock.calendar.time_since_epoch().count()))
      .put(fromSigned(head.clock.sinceBoot.count()))
      .putText(head.clock.boot)
      .putChecksum()
      .run();
}

void Database::Session::write(std::uint64_t epoch, const Incarnation& incarnation) {
  putIncarnation.put(epoch).putBlob(bytesOf(incarnation)).putChecksum().run();
  if (epoch >= kIncarnationsKept) forgetIncarnations.put(epoch - kIncarnationsKept + 1).run();
}

void Database::Session::write(const JobChanges& changes, Duration time) {
  const JobRecord& record = changes.record;
  write(record, time);
  if (record.spec.threadsMax > 0) writeThreadLimit(record.id, record.spec.threadsMax);
  // All of them, because one that was refused may be in the table.
  forgetExtensions.put(number(record.id)).run();
  for (const Extension& extension : record.extensions) write(record.id, extension);
  for (std::uint64_t begin : changes.erased) {
    eraseFragment.put(number(record.id)).put(begin).run();
  }
  for (const Fragment& fragment : changes.put) {
    write(record.id, record.spec.stream.sampler, fragment);
  }
  for (const Contributor& contributor : changes.contributors) write(record.id, contributor);
  for (const ConvergencePoint& point : changes.points) {
    convergence.write(record.id, record.spec.stream.sampler, point);
  }
}

void Database::Session::write(const JobRecord& record, Duration time) {
  const JobSpec& spec = record.spec;
  putJob.put(number(record.id))
      .putBlob(bytesOf(record.uid.bytes))
      .put(std::uint64_t{record.streamVersion})
      .put(spec.stream.seed)
      .put(static_cast<std::uint64_t>(spec.stream.sampler))
      .put(spec.samples)
      .put(spec.chunkSize)
      .put(std::bit_cast<std::uint64_t>(spec.targetError))
      .put(fromSigned(spec.priority))
      .putText(spec.submitter)
      .putText(spec.name)
      .put(static_cast<std::uint64_t>(record.state))
      .putText(record.reason)
      .putBlob(record.requestId)
      .put(record.duplicatesDropped)
      .put(fromSigned(record.submittedOn.time_since_epoch().count()))
      .put(toNumber(record.age))
      .put(toNumber(record.waiting))
      .put(toNumber(record.elapsed))
      .put(toNumber(record.idle))
      .put(toNumber(record.ageAtEnd))
      .put(fromSigned(time.count()))
      .putChecksum()
      .run();
}

void Database::Session::writeThreadLimit(JobId job, std::uint32_t threadsMax) {
  putThreadLimit.put(number(job)).put(std::uint64_t{threadsMax}).putChecksum().run();
}

void Database::Session::write(JobId job, const Extension& extension) {
  putExtension.put(number(job))
      .put(extension.from)
      .putBlob(extension.requestId)
      .putChecksum()
      .run();
}

void Database::Session::write(JobId job, Sampler sampler, const Fragment& fragment) {
  putFragment.put(number(job))
      .put(fragment.tally.range.begin)
      .put(fragment.tally.range.end)
      .put(number(fragment.contributor))
      .putBlob(bytesOf(fragment.tally.hits, sampler))
      .putChecksum()
      .run();
}

void Database::Session::write(JobId job, const Contributor& contributor) {
  const WorkerShare& share = contributor.share;
  putContributor.put(number(job))
      .put(number(contributor.worker))
      .putText(contributor.name)
      .putText(contributor.host)
      .put(std::uint64_t{share.threads})
      .put(share.leases)
      .put(share.secondLeases)
      .put(share.samplesDropped)
      .put(share.samplesConfirmed)
      .put(share.disproved)
      .putChecksum()
      .run();
}

void Database::Session::forget(JobId job) {
  for (Statement* statement :
       {&forgetJob, &forgetThreadLimit, &forgetExtensions, &forgetFragments, &forgetContributors}) {
    statement->put(number(job)).run();
  }
  convergence.forget(job);
}

std::vector<SavedJob> Database::Session::readJobs(Duration time) {
  std::vector<SavedJob> jobs;
  Statement rows(connection, "SELECT * FROM job ORDER BY id");
  while (rows.next()) {
    JobRecord& record = jobs.emplace_back().record;
    record.id = JobId{rows.number()};
    std::string uid = rows.blob();
    if (uid.size() != sizeof(JobUid))
      connection.failAsDamaged("a job's uid does not have 16 bytes");
    std::ranges::copy(uid, record.uid.bytes.begin());
    std::uint64_t streamVersion = rows.number();
    record.streamVersion = static_cast<std::uint32_t>(streamVersion);
    record.spec.stream.seed = rows.number();
    record.spec.stream.sampler = toEnum<Sampler>(rows.number());
    record.spec.samples = rows.number();
    record.spec.chunkSize = rows.number();
    record.spec.targetError = std::bit_cast<double>(rows.number());
    std::int64_t priority = toSigned(rows.number());
    record.spec.priority = static_cast<std::int32_t>(priority);
    if (record.spec.priority != priority) connection.failAsDamaged("a priority is out of range");
    record.spec.submitter = rows.text();
    record.spec.name = rows.text();
    record.state = toEnum<JobState>(rows.number());
    record.reason = rows.text();
    record.requestId = rows.blob();
    record.duplicatesDropped = rows.number();
    record.submittedOn = WallTime(Duration(toSigned(rows.number())));
    record.age = Duration(toSigned(rows.number()));
    record.waiting = toOptional(rows.number());
    record.elapsed = Duration(toSigned(rows.number()));
    record.idle = Duration(toSigned(rows.number()));
    record.ageAtEnd = toOptional(rows.number());
    Duration saved(toSigned(rows.number()));
    rows.verifyChecksum();
    if (record.streamVersion != streamVersion) {
      connection.failAsDamaged("a stream version is out of range");
    }
    // It also ages while no scheduler runs.  Impossible values are left to validate().
    bool isPossible = record.age <= kAgeMax && saved >= Duration{} && saved < time;
    if (isPossible) record.age = std::min(record.age + (time - saved), kAgeMax);
  }
  return jobs;
}

std::map<std::uint64_t, Incarnation> Database::Session::readIncarnations() {
  std::map<std::uint64_t, Incarnation> incarnations;
  Statement rows(connection, "SELECT * FROM incarnation");
  while (rows.next()) {
    Incarnation& incarnation = incarnations[rows.number()];
    std::string code = rows.blob();
    rows.verifyChecksum();
    if (code.size() != incarnation.size()) connection.failAsDamaged("a code has a wrong size");
    std::ranges::copy(code, incarnation.begin());
  }
  return incarnations;
}

void Database::Session::readThreadLimits(std::vector<SavedJob>& jobs) {
  Statement rows(connection, "SELECT * FROM thread_limit");
  while (rows.next()) {
    JobSpec& spec = jobOfRow(jobs, rows.number(), connection).record.spec;
    std::uint64_t threads = rows.number();
    rows.verifyChecksum();
    // An impossible limit is left to validate().
    spec.threadsMax = static_cast<std::uint32_t>(std::min<std::uint64_t>(threads, 0xFFFFFFFF));
  }
}

void Database::Session::readExtensions(std::vector<SavedJob>& jobs) {
  Statement rows(connection, "SELECT * FROM extension ORDER BY job, samples_before");
  while (rows.next()) {
    JobRecord& record = jobOfRow(jobs, rows.number(), connection).record;
    Extension& extension = record.extensions.emplace_back();
    extension.from = rows.number();
    extension.requestId = rows.blob();
    rows.verifyChecksum();
  }
}

void Database::Session::readFragments(std::vector<SavedJob>& jobs) {
  Statement rows(connection, "SELECT * FROM fragment ORDER BY job, range_begin");
  while (rows.next()) {
    SavedJob& job = jobOfRow(jobs, rows.number(), connection);
    Fragment& fragment = job.fragments.emplace_back();
    fragment.tally.range.begin = rows.number();
    fragment.tally.range.end = rows.number();
    fragment.contributor = WorkerId{rows.number()};
    std::string hits = rows.blob();
    rows.verifyChecksum();
    fragment.tally.hits = hitsFrom(hits, job.record.spec.stream.sampler, connection);
  }
}

void Database::Session::readContributors(std::vector<SavedJob>& jobs) {
  Statement rows(connection, "SELECT * FROM contributor ORDER BY job, worker");
  while (rows.next()) {
    SavedJob& job = jobOfRow(jobs, rows.number(), connection);
    Contributor& contributor = job.contributors.emplace_back();
    contributor.worker = WorkerId{rows.number()};
    contributor.name = rows.text();
    contributor.host = rows.text();
    std::uint64_t threads = rows.number();
    WorkerShare& share = contributor.share;
    share.threads = static_cast<std::uint32_t>(threads);
    share.leases = rows.number();
    share.secondLeases = rows.number();
    share.samplesDropped = rows.number();
    share.samplesConfirmed = rows.number();
    share.disproved = rows.number();
    rows.verifyChecksum();
    if (share.threads != threads) {
      connection.failAsDamaged("a number of threads is out of range");
    }
  }
}

Database::Database(const std::filesystem::path& path)
    : session_(std::make_unique<Session>(prepareStoreFile(path))) {
  Connection& connection = session_->connection;
  Statement row(connection,
                "SELECT secret, epoch, last_job, time, calendar, since_boot, boot, sum FROM store");
  if (!row.next()) connection.failAsDamaged("its first row is missing");
  secret_ = row.blob();
  head_.epoch = row.number();
  head_.lastJob = JobId{row.number()};
  head_.time = Duration(toSigned(row.number()));
  head_.clock.calendar = WallTime(Duration(toSigned(row.number())));
  head_.clock.sinceBoot = Duration(toSigned(row.number()));
  head_.clock.boot = row.text();
  row.verifyChecksum();
  if (secret_.size() != kStoreSecretBytes) connection.failAsDamaged("its secret has a wrong size");
}

void Database::Session::requireSameFile() const {
  if (identityOf(path) == identity) return;
  throw StoreError(connection.sentence(
      "was removed or replaced while in use; put it back, or restart pi-scheduler"));
}

Database::~Database() = default;

// The head to commit now.
Database::Head Database::headAt(const ClockReading& now) const {
  constexpr Duration kTimeMax = 2 * kAgeMax;
  Head head = head_;
  head.time += std::min(timeBetween(head.clock, now), kTimeMax - head.time);
  head.clock = now;
  return head;
}

Saved Database::load(const ClockReading& now, Goal goal) {
  PI_CHECK(!isLoaded_);
  Head head = headAt(now);
  Saved saved{.jobs = session_->readJobs(head.time),
              .lastJob = head.lastJob,
              .epoch = head.epoch,
              .incarnations = session_->readIncarnations()};
  session_->readThreadLimits(saved.jobs);
  session_->readExtensions(saved.jobs);
  session_->readFragments(saved.jobs);
  session_->readContributors(saved.jobs);
  session_->convergence.read(saved.jobs);
  if (auto fault = validate(saved, goal)) session_->connection.failAsDamaged(*fault);

  Incarnation& own = saved.incarnations[head.epoch];
  std::string random = randomBytes(own.size());
  std::ranges::copy(random, own.begin());
  sqlite::Transaction transaction(session_->connection);
  session_->write(head.epoch, own);
  ++head.epoch;
  session_->write(secret_, head);
  transaction.commit();
  head_ = head;
  isLoaded_ = true;
  return saved;
}

void Database::commit(const Changes& changes, const ClockReading& now) {
  PI_CHECK(isLoaded_);
  PI_CHECK(changes.lastJob >= head_.lastJob);
  session_->requireSameFile();
  Head head = headAt(now);
  head.lastJob = changes.lastJob;
  sqlite::Transaction transaction(session_->connection);
  session_->write(secret_, head);
  for (const JobChanges& job : changes.jobs) {
    PI_CHECK(job.record.id <= changes.lastJob);
    PI_CHECK(job.record.uid != JobUid{});
    session_->write(job, head.time);
  }
  for (JobId job : changes.forgotten) session_->forget(job);
  transaction.commit();
  head_ = head;
}

allocation::Saved Database::loadAllocations() {
  PI_CHECK(isLoaded_);
  return session_->allocations.read(head_.time);
}

void Database::commitAllocations(const allocation::Changes& changes, const ClockReading& now) {
  PI_CHECK(isLoaded_);
  session_->requireSameFile();
  Head head = headAt(now);
  sqlite::Transaction transaction(session_->connection);
  session_->write(secret_, head);
  session_->allocations.write(changes, head.time);
  transaction.commit();
  head_ = head;
}

std::unique_ptr<Audit> Database::audit(JobId job) {
  return std::make_unique<Audit>(session_->connection, job);
}

std::vector<JobId> Database::jobsThatAreOver() {
  std::vector<JobId> jobs;
  Statement rows(session_->connection, "SELECT id, state FROM job ORDER BY id");
  while (rows.next()) {
    JobId id{rows.number()};
    if (isOver(toEnum<JobState>(rows.number()))) jobs.push_back(id);
  }
  return jobs;
}

}  // namespace pi::scheduler
