#include "scheduler/store/committer.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <optional>
#include <thread>

#include "tests/store/faulty_disk.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr Committer::Pacing kFast{.retryPause = milliseconds(1), .reportPeriod = hours(1)};

// Collects the reports of the store's thread.
class Mailbox {
 public:
  Committer::Report receiver() {
    return [this](const CommitOutcome& outcome) {
      std::lock_guard lock(mutex_);
      outcomes_.push_back(outcome);
      arrived_.notify_one();
    };
  }
  CommitOutcome take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return !outcomes_.empty(); });
    CommitOutcome outcome = outcomes_.front();
    outcomes_.pop_front();
    return outcome;
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return outcomes_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<CommitOutcome> outcomes_;
};

void waitForOperations(const FaultyDisk& disk, std::uint64_t more) {
  for (std::uint64_t until = disk.operations() + more; disk.operations() < until;) {
    std::this_thread::yield();
  }
}

// A store, and a model of what it was given.
struct Store {
  FaultyDisk disk;
  StoreFolder folder;
  Mailbox mailbox;
  BatchGenerator generator{5};
  StoreModel model;
  std::optional<Database> database;

  Store() {
    database.emplace(folder.file());
    database->load(kNow);
  }
  void commitNext(Committer& committer) {
    Changes batch = generator.nextBatch();
    model.apply(batch);
    committer.commit(std::move(batch), kNow);
  }
  Saved reload() {
    database.reset();
    return Database(folder.file()).load(kNow);
  }
};

}  // namespace

TEST_CASE("a batch that is reported committed is on disk") {
  Store store;
  {
    Committer committer(*store.database, store.mailbox.receiver());
    for (int i = 0; i < 5; ++i) {
      store.commitNext(committer);
      CHECK(store.mailbox.take().isCommitted());
    }
  }
  CHECK(store.mailbox.size() == 0);
  CHECK(isSame(store.reload(), store.model.saved()));
}

TEST_CASE("a report may be answered with the next batch at once") {
  Store store;
  constexpr int kBatches = 5;
  {
    std::optional<Committer> committer;
    int answered = 0;
    committer.emplace(*store.database, [&](const CommitOutcome& outcome) {
      if (++answered < kBatches) store.commitNext(*committer);
      store.mailbox.receiver()(outcome);
    });
    store.commitNext(*committer);
    for (int i = 0; i < kBatches; ++i) CHECK(store.mailbox.take().isCommitted());
  }
  CHECK(isSame(store.reload(), store.model.saved()));
}

TEST_CASE("a batch does not wait for audits, which all come in the end") {
  constexpr int kAudits = 200;
  Store store;
  std::atomic<int> audited = 0;
  int auditedBefore = kAudits;
  {
    Committer committer(*store.database, store.mailbox.receiver());
    for (int i = 0; i < 50; ++i) {
      store.commitNext(committer);
      CHECK(store.mailbox.take().isCommitted());
    }
    for (int i = 0; i < kAudits; ++i) {
      committer.audit(JobId{std::uint64_t(i + 1)}, [&](const JobAudit&) { ++audited; });
    }
    store.commitNext(committer);
    CHECK(store.mailbox.take().isCommitted());
    auditedBefore = audited;
    while (audited < kAudits) std::this_thread::yield();
  }
  CHECK(auditedBefore < kAudits);
  CHECK(isSame(store.reload(), store.model.saved()));
}

TEST_CASE("the destructor commits the current batch") {
  Store store;
  {
    Committer committer(*store.database, store.mailbox.receiver());
    store.commitNext(committer);
  }
  CHECK(store.mailbox.take().isCommitted());
  CHECK(isSame(store.reload(), store.model.saved()));
}

TEST_CASE("a full disk is reported once, and the batch is committed when the disk has room") {
  Store store;
  {
    Committer committer(*store.database, store.mailbox.receiver(), kFast);
    store.commitNext(committer);
    CHECK(store.mailbox.take().isCommitted());

    store.disk.setFull(true);
    store.commitNext(committer);
    CHECK(store.mailbox.take().failure.value_or("").find("the disk is full; ") !=
          std::string::npos);
    waitForOperations(store.disk, 20);
    CHECK(store.mailbox.size() == 0);

    store.disk.setFull(false);
    CHECK(store.mailbox.take().isCommitted());
    store.commitNext(committer);
    CHECK(store.mailbox.take().isCommitted());
  }
  CHECK(isSame(store.reload(), store.model.saved()));
}

TEST_CASE("a lasting failure is reported again, but not for each attempt") {
  Store store;
  Committer committer(*store.database, store.mailbox.receiver(),
                      {.retryPause = milliseconds(1), .reportPeriod = milliseconds(20)});
  store.disk.setFull(true);
  std::uint64_t before = store.disk.operations();
  store.commitNext(committer);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(store.mailbox.take().isCommitted());
  CHECK(store.disk.operations() - before > 40);  // Each attempt makes at least one.
}

TEST_CASE("a batch is not reported committed while the disk cannot sync") {
  Store store;
  {
    Committer committer(*store.database, store.mailbox.receiver(), kFast);
    store.disk.setUnableToSync(true);
    store.commitNext(committer);
    CHECK_FALSE(store.mailbox.take().isCommitted());
    waitForOperations(store.disk, 20);
    store.disk.setUnableToSync(false);
    CHECK(store.mailbox.take().isCommitted());
  }
  CHECK(isSame(store.reload(), store.model.saved()));
}

TEST_CASE("the destructor does not wait for the retry pause, and drops a batch that fails again") {
  Store store;
  Saved before = store.model.saved();
  {
    Committer committer(*store.database, store.mailbox.receiver(), {.retryPause = hours(1)});
    store.disk.setFull(true);
    store.commitNext(committer);
    CHECK_FALSE(store.mailbox.take().isCommitted());
  }
  store.disk.setFull(false);
  CHECK(isSame(store.reload(), before));
}

}  // namespace pi::scheduler::testing
