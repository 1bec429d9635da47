#include "scheduler/live/viewer.h"

#include <map>

#include "common/json/documents.h"
#include "scheduler/live/limits.h"
#include "tests/unit/live/stage.h"
#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler::live {
namespace {

Follow following(std::uint64_t first, std::uint64_t last) {
  Follow wish;
  for (std::uint64_t id = first; id <= last; ++id) wish.workers.push_back(WorkerId{id});
  return wish;
}

JobInfo jobWith(std::uint64_t id, std::uint64_t counted = 0) {
  JobInfo job{.id = JobId{id}, .spec = {.samples = 1'000'000, .chunkSize = 1000}};
  job.state = JobState::kRunning;
  job.samplesCounted = counted;
  return job;
}

// The leases in the boxes that a viewer got, by worker.
struct Leases {
  void take(const Parsed& frame) {
    for (const Parsed& box : frame.value("boxes", Parsed::array())) {
      of[box[0]] += box[5].get<std::uint64_t>();
      ++boxes[box[0]];
    }
  }
  std::map<std::uint64_t, std::uint64_t> of;
  std::map<std::uint64_t, std::uint64_t> boxes;
};

TEST_CASE("the first frame says that it is, of which scheduler, and what the viewer may do") {
  Stage stage;
  stage.open();
  stage.feed.setScheduler(R"({"workers":0})");
  Viewer viewer;
  Parsed first = stage.next(viewer);
  CHECK(first.at("first") == true);
  CHECK(first.at("epoch") == "e1");
  CHECK(first.at("period_ms") == 250);
  CHECK(first.at("control") == false);
  CHECK(first.at("now") == 250);
  CHECK(first.at("scheduler").at("workers") == 0);
  CHECK(stage.next(viewer) == Parsed{{"now", 500}});
  stage.look({&viewer});
  CHECK(stage.frame(viewer, true) == Parsed{{"now", 750}, {"control", true}});
}

TEST_CASE("rows come when they are new or changed, and their numbers when they are gone") {
  Stage stage;
  stage.addWorkers(2);
  stage.infos = {jobWith(2), jobWith(1)};
  stage.open();
  Viewer viewer;
  Parsed frame = stage.next(viewer);
  CHECK(frame.at("jobs").size() == 2);
  CHECK(frame.at("jobs")[0].at("job") == 2);
  CHECK(frame.at("workers")[1] == Parsed{1, "n1", "h", "", "avx2", "", 2, 0});
  CHECK(frame.at("states")[1] == Parsed{1, "active", 0, 0, 0, 0, "", 0});

  stage.infos = {jobWith(2, 500)};
  stage.infos[0].elapsed = 5s;
  stage.workers[0].state = WorkerState::kQuarantined;
  stage.workers[0].reason = "lies";
  stage.workers[0].timeLeft = 90s;
  stage.workers.pop_back();
  stage.tick();
  frame = stage.next(viewer);
  CHECK(frame.at("jobs").size() == 1);
  CHECK(frame.at("jobs")[0].at("samples_counted") == 500);
  CHECK(frame.at("jobs_gone") == Parsed{1});
  CHECK(frame.at("workers_gone") == Parsed{2});
  CHECK_FALSE(frame.contains("workers"));
  CHECK(frame.at("states")[0][1] == "quarantined");
  CHECK(frame.at("states")[0][6] == "lies");
  CHECK(frame.at("states")[0][8] == 90'000);

  stage.infos[0].elapsed = 6s;  // The viewer's page counts the time itself.
  frame = stage.next(viewer);
  CHECK_FALSE(frame.contains("jobs"));
}

TEST_CASE("a name that is not UTF-8 does not break a frame") {
  Stage stage;
  stage.workers = {workerNamed(1, "\xff\xfe\"<b>")};
  stage.open();
  Viewer viewer;
  CHECK(stage.next(viewer).at("workers")[0][1] == "\xef\xbf\xbd\xef\xbf\xbd\"<b>");
}

TEST_CASE("with 200 workers no frame exceeds its bytes, whatever the number of leases") {
  for (int leases : {1, 50}) {
    Stage stage;
    stage.addWorkers(200);
    for (std::uint64_t id = 1; id <= 300; ++id) stage.infos.push_back(jobWith(id));
    stage.open();
    Viewer viewer;
    viewer.follow(following(1, 200));
    Leases seen;
    for (int i = 0; i < 80; ++i) {
      for (std::uint64_t worker = 1; worker <= 200; ++worker) {
        for (int lease = 0; lease < leases; ++lease) stage.endLease(worker, 5ms);
      }
      for (WorkerInfo& worker : stage.workers) {
        worker.samplesContributed += 12345;
        worker.costContributed += 12345;
      }
      if (i % 4 == 0) stage.tick();
      stage.look({&viewer});
      std::string text = stage.text(viewer);
      CHECK(text.size() <= kFrameBytesMax);
      seen.take(Parsed::parse(text));
    }
    for (int i = 0; i < 4; ++i) seen.take(stage.next(viewer));
    for (std::uint64_t worker = 1; worker <= 200; ++worker) {
      CHECK(seen.of[worker] == static_cast<std::uint64_t>(80 * leases));
    }
  }
}

TEST_CASE("with 10,000 workers no frame exceeds its bytes, and each row comes within seconds") {
  Stage stage;
  stage.addWorkers(10'000);
  stage.open();
  Viewer viewer;
  viewer.follow(following(5'000, 5'255));
  std::set<std::uint64_t> described, refreshed;
  for (int i = 0; i < 120; ++i) {
    for (std::uint64_t worker = 4'000; worker < 6'000; ++worker) stage.endLease(worker);
    for (WorkerInfo& worker : stage.workers) {
      worker.samplesContributed += 1'000'000'007;
      worker.costContributed += 1'000'000'007;
    }
    if (i % 4 == 0) stage.tick();
    stage.look({&viewer});
    std::string text = stage.text(viewer);
    CHECK(text.size() <= kLargeFrameBytesMax);
    Parsed frame = Parsed::parse(text);
    for (const Parsed& row : frame.value("workers", Parsed::array()))
      described.insert(row[0].get<std::uint64_t>());
    if (i < 80) continue;
    for (const Parsed& row : frame.value("states", Parsed::array()))
      refreshed.insert(row[0].get<std::uint64_t>());
  }
  CHECK(described.size() == 10'000);
  CHECK(refreshed.size() == 10'000);
}

TEST_CASE("a viewer that skips frames gets newer states, and every lease once") {
  Stage stage;
  stage.addWorkers(3);
  stage.infos = {jobWith(1)};
  stage.open();
  Viewer quick, slow;
  for (Viewer* viewer : {&quick, &slow}) viewer->follow(following(1, 3));
  Leases ofQuick, ofSlow;
  std::size_t slowRows = 0;
  for (int i = 1; i <= 400; ++i) {
    for (std::uint64_t worker = 1; worker <= 3; ++worker) stage.endLease(worker);
    stage.infos[0].samplesCounted += 1000;
    stage.look({&quick, &slow});
    ofQuick.take(stage.frame(quick));
    if (i % 40 != 0) continue;
    Parsed frame = stage.frame(slow);
    ofSlow.take(frame);
    REQUIRE(frame.at("jobs").size() == 1);
    CHECK(frame.at("jobs")[0].at("samples_counted") == 1000 * i);
    if (i > 40) slowRows += frame.at("boxes").size();  // The first ones are those of the past.
  }
  for (std::uint64_t worker = 1; worker <= 3; ++worker) {
    CHECK(ofQuick.of[worker] == 400);
    CHECK(ofSlow.of[worker] == 400);
  }
  CHECK(slowRows == 27);
}

TEST_CASE("a viewer that is so late that boxes are forgotten gets them from the past") {
  Stage stage;
  stage.addWorkers(1000);
  stage.open();
  Viewer viewer, other;
  viewer.follow(following(1, 1));
  other.follow(following(1, 1000));
  Leases seen;
  stage.endLease(1);
  stage.look({&viewer, &other});
  seen.take(stage.frame(viewer));
  for (int i = 0; i < 80; ++i) {
    for (std::uint64_t worker = 1; worker <= 1000; ++worker) stage.endLease(worker);
    stage.look({&viewer, &other});
  }
  REQUIRE(stage.feed.seen().boxes.floor() > 1);
  seen.take(stage.frame(viewer));
  CHECK(seen.of[1] == 81);
}

TEST_CASE("the boxes of a worker come when it is followed, with its past, and no longer after") {
  Stage stage;
  stage.addWorkers(2);
  for (int i = 0; i < 50; ++i) {
    stage.now += 1s;
    stage.endLease(1);
    stage.endLease(2);
  }
  stage.open();
  Viewer viewer;
  stage.endLease(1);
  CHECK_FALSE(stage.next(viewer).contains("boxes"));
  viewer.follow(following(1, 1));
  Leases seen;
  seen.take(stage.next(viewer));
  CHECK(seen.of == std::map<std::uint64_t, std::uint64_t>{{1, 51}});
  stage.endLease(1);
  stage.endLease(2);
  seen.take(stage.next(viewer));
  CHECK(seen.of == std::map<std::uint64_t, std::uint64_t>{{1, 52}});
  viewer.follow(following(2, 2));
  stage.endLease(1);
  seen.take(stage.next(viewer));
  CHECK(seen.of == std::map<std::uint64_t, std::uint64_t>{{1, 52}, {2, 51}});
}

TEST_CASE("the past of many workers is a bounded number of boxes") {
  Stage stage;
  stage.addWorkers(200);
  for (int i = 0; i < 100; ++i) {
    stage.now += 3s;
    for (std::uint64_t worker = 1; worker <= 200; ++worker) stage.endLease(worker);
  }
  stage.open();
  Viewer viewer;
  viewer.follow(following(1, 200));
  Leases seen;
  for (int i = 0; i < 40; ++i) seen.take(stage.next(viewer));
  std::uint64_t boxes = 0;
  for (const auto& [worker, count] : seen.boxes) boxes += count;
  CHECK(seen.boxes.size() == 200);
  CHECK(boxes <= kPastBoxesMax);
}

TEST_CASE("periods of followed workers come with their past, and again when they end") {
  Stage stage;
  stage.addWorkers(1);
  stage.now += 1s;
  Worker& worker = stage.table.add(WorkerId{1}, stage.workers[0].profile, stage.now);
  stage.open();
  Viewer viewer;
  viewer.follow(following(1, 1));
  CHECK(stage.next(viewer).at("periods") == Parsed{{1, "active", 1000, nullptr}});
  CHECK_FALSE(stage.next(viewer).contains("periods"));
  stage.table.setState(worker, WorkerState::kAbsent, stage.now);
  CHECK(stage.next(viewer).at("periods") ==
        Parsed{{1, "active", 1000, 1500}, {1, "absent", 1500, nullptr}});
}

TEST_CASE("marks and the trend of the time before are in the first frames of a viewer") {
  Stage stage;
  stage.addWorkers(2);
  stage.table.add(WorkerId{1}, stage.workers[0].profile, stage.now += 1s);
  for (int i = 0; i < 600; ++i) {
    stage.now += 1s;
    stage.tick();
  }
  stage.open();
  Viewer viewer;
  Parsed points = Parsed::array();
  for (int i = 0; i < 8; ++i) {
    Parsed frame = stage.next(viewer);
    if (i == 0) CHECK(frame.at("marks") == Parsed{{1000, "joined", "n1 joined"}});
    if (i == 0) CHECK(frame.at("trend").at("restart") == true);
    if (!frame.contains("trend")) continue;
    CHECK(frame.at("trend").at("groups") == Parsed{"n1", "n2"});
    for (const Parsed& point : frame.at("trend").at("points")) points.push_back(point);
  }
  CHECK(points.size() == 120);  // Five seconds apart.
  stage.now += 1s;
  stage.tick();
  Parsed frame = stage.next(viewer);
  CHECK(frame.at("trend").at("points").size() == 1);
  CHECK_FALSE(frame.at("trend").contains("restart"));
  CHECK_FALSE(frame.contains("marks"));
  stage.addWorkers(1);
  stage.workers.back().profile.name = "n9";
  stage.tick();
  frame = stage.next(viewer);
  CHECK(frame.at("trend").at("restart") == true);
  CHECK(frame.at("trend").at("groups").size() == 3);
}

TEST_CASE("lines of the log come once each, the last hundred to a new viewer") {
  Stage stage;
  stage.open();
  for (std::uint64_t i = 1; i <= 150; ++i) {
    stage.log.push_back(
        {.number = i, .level = "info", .text = std::string(2000, 'x'), .about = {.job = JobId{7}}});
  }
  Viewer viewer;
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 10; ++i) {
    Parsed frame = stage.next(viewer);
    for (const Parsed& line : frame.value("log", Parsed::array())) {
      numbers.push_back(line["number"]);
      CHECK(line.at("job") == 7);
      CHECK(line.at("text").get<std::string>().size() == kLogTextBytesMax);
    }
  }
  REQUIRE(numbers.size() == kLogRowsMax);
  CHECK(numbers.front() == 51);
  CHECK(numbers.back() == 150);
  CHECK(stage.feed.lastLine() == 150);
}

TEST_CASE("without viewers the rows are forgotten, and the next viewer gets all") {
  Stage stage;
  stage.addWorkers(1);
  stage.open();
  Viewer viewer;
  stage.next(viewer);
  stage.feed.rest();
  stage.tick();
  stage.open();
  Viewer next;
  CHECK(stage.next(next).at("workers").size() == 1);
}

TEST_CASE("a followed job's convergence grows, and a followed worker's running lease is shown") {
  Cluster cluster;
  WorkerId worker = cluster.join();
  JobId job = cluster.submit(100'000);
  Feed feed(Timeline(cluster.now()), "e");
  auto look = [&](Viewer& viewer) {
    Sight sight{.jobs = {cluster.job(job)}};
    sight.followed = viewer.workers();
    feed.look(sight, cluster.core().history());
    return Parsed::parse(viewer.nextFrame(feed, cluster.core().history(), false, cluster.now()));
  };
  feed.wake(cluster.core().history());
  Viewer viewer;
  CHECK_FALSE(look(viewer).contains("convergence"));
  viewer.follow({.jobs = {job, JobId{99}}, .workers = {worker, WorkerId{99}}});
  CHECK(look(viewer).at("running").empty());
  Lease lease = cluster.lend(worker);
  Parsed lent = look(viewer);
  CHECK(lent.at("running")[0][0] == number(worker));
  CHECK(lent.at("ranges") ==
        Parsed::array({{number(worker), lent.at("running")[0][2], std::to_string(lease.range.begin),
                        std::to_string(lease.range.end)}}));
  CHECK_FALSE(look(viewer).contains("ranges"));
  std::map<std::uint64_t, std::uint64_t> points;
  for (int i = 0; i < 20; ++i) {
    cluster.pass(std::chrono::milliseconds(500), {worker});
    cluster.report(worker, tallyOf(lease));
    lease = cluster.lend(worker);
    Parsed frame = look(viewer);
    if (!frame.contains("convergence")) continue;
    CHECK(frame.at("convergence").size() == 1);
    for (const Parsed& point : frame.at("convergence").at(std::to_string(number(job)))) {
      points[point.at("number")] = point.at("samples");
    }
  }
  CHECK_FALSE(look(viewer).contains("convergence"));
  const Convergence& series = cluster.core().history().job(job)->convergence;
  CHECK(points.size() == series.size());
  for (const ConvergencePoint& point : series.points()) {
    CHECK(points[point.number] == point.samples);
  }
  Viewer late;
  late.follow({.jobs = {job}, .workers = {}});
  CHECK(look(late).at("convergence").begin()->size() == series.size());
}

}  // namespace
}  // namespace pi::scheduler::live
