#include "scheduler/live/trend.h"

#include <numeric>

#include "scheduler/live/limits.h"
#include "scheduler/live/marks.h"
#include "tests/unit/live/stage.h"

namespace pi::scheduler::live {
namespace {

using Names = std::vector<std::string>;

// Workers that count samples with a cost of 1,000 each second, by nets a million times as many.
struct Counted {
  void add(const std::string& name, const std::string& host = "h") {
    workers.push_back(workerNamed(workers.size() + 1, name, host));
  }
  void pass(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      now += 1s;
      for (WorkerInfo& worker : workers) {
        if (worker.state != WorkerState::kActive) continue;
        worker.samplesContributed += byNets ? 1'000'000'000 : 1000;
        worker.costContributed += 1000;
      }
      rates.tick(workers, now);
      trend.tick(workers, rates, now);
    }
  }
  std::uint64_t total(std::size_t point) const {
    const auto& all = trend.points().at(point).rates;
    return std::accumulate(all.begin(), all.end(), std::uint64_t{0});
  }

  Instant now = Instant{} + 1h;
  bool byNets = false;
  std::vector<WorkerInfo> workers;
  Rates rates;
  Trend trend;
};

TEST_CASE("the rate of a worker is that of its work, and falls when it rests") {
  Counted counted;
  counted.add("n1");
  counted.pass(30);
  CHECK(counted.rates.of(WorkerId{1}, counted.now) == doctest::Approx(1000).epsilon(0.2));
  counted.byNets = true;
  counted.pass(30);
  CHECK(counted.rates.of(WorkerId{1}, counted.now) == doctest::Approx(1000).epsilon(0.2));
  CHECK(counted.total(59) == doctest::Approx(1000).epsilon(0.2));
  counted.workers[0].state = WorkerState::kDraining;
  counted.pass(30);
  CHECK(counted.rates.of(WorkerId{1}, counted.now) == 0);
  CHECK(counted.rates.of(WorkerId{2}, counted.now) == 0);
}

TEST_CASE("a few workers are a group each, by their names") {
  Counted counted;
  counted.add("n2");
  counted.add("n1");
  counted.pass(20);
  CHECK(counted.trend.groups() == Names{"n1", "n2"});
  CHECK(counted.trend.points().back().rates.size() == 2);
  CHECK(counted.total(19) == doctest::Approx(2000).epsilon(0.2));
}

TEST_CASE("a worker that is gone keeps its group as long as it has points") {
  Counted counted;
  counted.add("n1");
  counted.add("n2");
  counted.pass(20);
  std::uint64_t version = counted.trend.groupsVersion();
  counted.workers.pop_back();
  counted.pass(1);
  CHECK(counted.trend.groups() == Names{"n1", "n2"});
  CHECK(counted.trend.groupsVersion() == version);
  counted.pass(static_cast<int>(kTrendPointsMax));
  CHECK(counted.trend.groups() == Names{"n1"});
  CHECK(counted.trend.points().size() == kTrendPointsMax);
}

TEST_CASE("more workers become hosts, and the past is that of the hosts") {
  Counted counted;
  for (int i = 0; i < 12; ++i) counted.add("n" + std::to_string(i), i < 4 ? "a" : "b");
  counted.pass(20);
  CHECK(counted.trend.groups().size() == 12);
  std::uint64_t before = counted.total(10);
  counted.add("n12", "c");
  counted.pass(1);
  CHECK(counted.trend.groups() == Names{"a", "b", "c"});
  CHECK(counted.total(10) == before);
  const auto& rates = counted.trend.points().at(10).rates;
  CHECK(rates[1] == 2 * rates[0]);
  CHECK(rates[2] == 0);
}

TEST_CASE("the largest of many hosts are groups, and the others together are one") {
  Counted counted;
  for (int i = 0; i < 100; ++i) counted.add("n" + std::to_string(i), "h" + std::to_string(i));
  counted.workers[70].profile.threads = 100;
  counted.pass(20);
  Names groups = counted.trend.groups();
  REQUIRE(groups.size() == kTrendGroupsMax);
  CHECK(groups.back() == "others");
  CHECK(std::ranges::count(groups, "h70") == 1);
  std::uint64_t before = counted.total(15);
  for (WorkerInfo& worker : counted.workers) worker.profile.threads = worker.id < WorkerId{60};
  counted.pass(1);
  CHECK(std::ranges::count(counted.trend.groups(), "h70") == 0);
  CHECK(counted.total(15) == before);
}

// The states of workers by name; their ids count from 1.
struct Tracks {
  explicit Tracks(const HistoryLimits& limits = {}) : history(limits) {}
  void set(std::uint64_t worker, WorkerState state) { history.note(WorkerId{worker}, state, now); }
  // The texts of the marks that came with this second.
  Names pass() {
    now += 1s;
    std::uint64_t last = marks.all().empty() ? 0 : marks.all().back().number;
    marks.tick(history, workers, now);
    Names texts;
    for (const Mark& mark : marks.all()) {
      if (mark.number > last) texts.push_back(mark.text);
    }
    return texts;
  }

  Instant now = Instant{} + 1h;
  WorkerHistory history;
  std::vector<WorkerInfo> workers = {workerNamed(1, "n1"), workerNamed(2, "n2")};
  Marks marks;
};

TEST_CASE("joins, losses, returns, drains and departures of workers are marks, once each") {
  Tracks tracks;
  tracks.set(1, WorkerState::kActive);
  CHECK(tracks.pass() == Names{"n1 joined"});
  CHECK(tracks.pass().empty());
  tracks.set(1, WorkerState::kSilent);
  tracks.set(1, WorkerState::kActive);
  CHECK(tracks.pass().empty());
  tracks.set(1, WorkerState::kAbsent);
  CHECK(tracks.pass().empty());
  tracks.history.noteGone(WorkerId{1}, tracks.workers[0].profile, tracks.now);
  CHECK(tracks.pass() == Names{"n1 lost"});
  tracks.set(1, WorkerState::kActive);
  CHECK(tracks.pass() == Names{"n1 returned"});
  tracks.set(1, WorkerState::kDraining);
  CHECK(tracks.pass() == Names{"n1 draining"});
  tracks.history.noteGone(WorkerId{1}, tracks.workers[0].profile, tracks.now);
  CHECK(tracks.pass() == Names{"n1 left"});
  tracks.set(2, WorkerState::kActive);
  tracks.set(2, WorkerState::kQuarantined);
  CHECK(tracks.pass() == Names{"n2 joined", "n2 quarantined"});
}

TEST_CASE("the same event of many workers at once is one mark") {
  Tracks tracks;
  tracks.set(1, WorkerState::kActive);
  tracks.set(2, WorkerState::kActive);
  CHECK(tracks.pass() == Names{"n1 and 1 other joined"});
  for (std::uint64_t worker = 3; worker < 1000; ++worker) {
    tracks.set(worker, WorkerState::kActive);
  }
  CHECK(tracks.pass() == Names{"a worker and 996 others joined"});
}

TEST_CASE("the number of marks is bounded") {
  Tracks tracks;
  for (std::uint64_t worker = 1; worker <= 2 * kMarksMax; ++worker) {
    tracks.set(worker, WorkerState::kActive);
    tracks.pass();
  }
  CHECK(tracks.marks.all().size() == kMarksMax);
}

}  // namespace
}  // namespace pi::scheduler::live
