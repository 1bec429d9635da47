#include "scheduler/core/extension.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/scheduler/core_testing.h"

namespace pi::scheduler {
namespace {

using std::chrono::seconds;

// A cluster with one worker that extends jobs.
struct Extender : Cluster {
  Extender() : worker(join()) {}

  Actions extend(JobId job, std::uint64_t samples, const std::string& requestId = "") {
    return handle(event::JobExtended{.job = job,
                                     .samples = samples,
                                     .requestId = requestId,
                                     .submission = SubmissionId{++asked}});
  }
  JobId finished(const JobSpec& spec) {
    JobId id = submit(spec);
    finish(id);
    return id;
  }
  JobId finished(std::uint64_t samples) { return finished({.samples = samples, .chunkSize = 10}); }
  void finish(JobId id) {
    while (job(id).state != JobState::kFinished) report(worker, tallyOf(lend(worker)));
  }
  // The sentence of the only refusal.
  static std::string refusalIn(const Actions& actions) {
    std::vector<action::RefuseJob> refused = only<action::RefuseJob>(actions);
    REQUIRE(refused.size() == 1);
    return refused[0].sentence;
  }

  WorkerId worker;
  std::uint64_t asked = 0;
};

bool isAccepted(const Actions& actions) {
  return only<action::AcceptExtension>(actions).size() == 1;
}

TEST_CASE("an extended job computes only the new samples, and has the result of a larger job") {
  Extender cluster;
  JobId id = cluster.finished(250);
  CHECK(isAccepted(cluster.extend(id, 1000)));
  CHECK(cluster.job(id).state == JobState::kQueued);
  CHECK(cluster.job(id).spec.samples == 1000);
  CHECK(cluster.job(id).samplesCounted == 250);

  Lease first = cluster.lend(cluster.worker);
  CHECK(first.range.begin == 250);
  cluster.report(cluster.worker, tallyOf(first));
  cluster.finish(id);

  JobInfo extended = cluster.job(id);
  JobInfo fresh = cluster.job(cluster.finished(1000));
  CHECK(extended.extendedFrom == std::vector<std::uint64_t>{250});
  CHECK(extended.spec == fresh.spec);
  CHECK(extended.samplesCounted == fresh.samplesCounted);
  CHECK(extended.chunksCounted == fresh.chunksCounted);
  CHECK(extended.hits == fresh.hits);
  CHECK(extended.stratumSamples == fresh.stratumSamples);
}

TEST_CASE("a job of another stream version is not extended, and keeps its result") {
  constexpr std::uint32_t kOther = kStreamVersion + 6;
  SavedJob saved;
  saved.record.id = JobId{1};
  saved.record.spec = {.samples = 100, .chunkSize = 10};
  saved.record.state = JobState::kFinished;
  saved.record.streamVersion = kOther;
  saved.record.age = seconds(20);
  saved.record.ageAtEnd = seconds(10);
  saved.fragments = {{.tally = {.range = {.begin = 0, .end = 100}, .hits = {.strata = {100}}},
                      .contributor = WorkerId{3}}};
  Cluster cluster(Cluster::config(), {.jobs = {saved}, .lastJob = JobId{1}, .epoch = 1});
  JobInfo before = cluster.job(JobId{1});
  auto extend = [&cluster](std::uint64_t samples) {
    return cluster.handle(event::JobExtended{.job = JobId{1}, .samples = samples});
  };

  std::string sentence = Extender::refusalIn(extend(200));
  CHECK(sentence.find("version " + std::to_string(kOther)) != std::string::npos);
  CHECK(sentence.find("submit a new job") != std::string::npos);
  CHECK(cluster.job(JobId{1}) == before);
  CHECK(isAccepted(extend(100)));  // It has these.
}

TEST_CASE("an extension to the present size is accepted at once, and changes nothing") {
  Extender cluster;
  JobId id = cluster.finished(100);
  JobInfo before = cluster.job(id);
  cluster.setStore(Cluster::Store::kSlow);
  CHECK(isAccepted(cluster.extend(id, 100)));
  CHECK(cluster.job(id) == before);
}

TEST_CASE("the time between an end and an extension is not part of a job's wall time") {
  Extender cluster;
  JobId id = cluster.submit({.samples = 100, .chunkSize = 10});
  cluster.pass(seconds(1), {cluster.worker});
  cluster.finish(id);
  Duration before = cluster.job(id).elapsed;
  cluster.pass(seconds(60), {cluster.worker});
  CHECK(cluster.job(id).elapsed == before);

  cluster.extend(id, 200);
  CHECK(cluster.job(id).elapsed == before);
  cluster.pass(seconds(1), {cluster.worker});
  CHECK(cluster.job(id).elapsed == before + seconds(1));
  cluster.handle(event::JobCancelled{.job = id, .reason = ""});
  CHECK(cluster.job(id).elapsed == before);  // To the last tally, or to the extension.
  CHECK(cluster.job(id).age == seconds(62));
}

TEST_CASE("an extension is carried out only when it is committed") {
  Extender cluster;
  JobId id = cluster.finished(100);
  cluster.setStore(Cluster::Store::kSlow);

  Actions asked = cluster.extend(id, 200, "a");
  REQUIRE(only<action::Commit>(asked).size() == 1);
  const JobRecord record = only<action::Commit>(asked)[0].changes.jobs.at(0).record;
  CHECK(record.state == JobState::kQueued);
  CHECK(record.spec.samples == 200);
  CHECK(record.extensions == std::vector<Extension>{{.from = 100, .requestId = "a"}});
  CHECK_FALSE(isAccepted(asked));
  CHECK(cluster.job(id).state == JobState::kFinished);

  // The same request again waits for the same commit, or for the next.
  CHECK_FALSE(isAccepted(cluster.extend(id, 200, "a")));
  CHECK(Extender::refusalIn(cluster.extend(id, 300, "b")) ==
        "job 1 is being extended to 200 samples; wait for its end, then extend it");

  Actions committed = cluster.handle(event::Committed{});
  CHECK(isAccepted(committed));
  CHECK(cluster.job(id).state == JobState::kQueued);
  CHECK(isAccepted(cluster.handle(event::Committed{})));
  CHECK(cluster.job(id).spec.samples == 200);
  CHECK(cluster.core().metrics().jobsExtended == 1);
}

TEST_CASE("an extension that cannot be saved is refused, and the job stays finished") {
  Extender cluster;
  JobId id = cluster.finished(100);
  cluster.setStore(Cluster::Store::kSlow);
  cluster.extend(id, 200);

  CHECK(Extender::refusalIn(cluster.handle(event::CommitFailed{.sentence = "full"})) == "full");
  CHECK(Extender::refusalIn(cluster.extend(id, 200)) == "full");
  Actions next = cluster.handle(event::Committed{});
  CHECK(cluster.job(id).state == JobState::kFinished);
  CHECK_FALSE(isAccepted(next));

  // The batch that was tried again has the extension, and the next one takes it back.
  cluster.pass(seconds(1), {cluster.worker});
  cluster.handle(event::Committed{});
  cluster.setStore(Cluster::Store::kPrompt);
  CHECK(isAccepted(cluster.extend(id, 300)));
  CHECK(cluster.job(id).extendedFrom == std::vector<std::uint64_t>{100});
}

TEST_CASE("the request id of an extension is remembered, also after later ones") {
  Extender cluster;
  JobId id = cluster.finished(100);
  cluster.extend(id, 200, "a");
  CHECK(isAccepted(cluster.extend(id, 200, "a")));
  cluster.finish(id);
  cluster.extend(id, 300, "b");
  cluster.finish(id);

  JobInfo before = cluster.job(id);
  CHECK(isAccepted(cluster.extend(id, 200, "a")));
  CHECK(cluster.job(id) == before);
  CHECK(before.extendedFrom == std::vector<std::uint64_t>{100, 200});
}

TEST_CASE("a submission that is repeated after an extension is still the same job") {
  Extender cluster;
  event::JobSubmitted submitted{.spec = {.samples = 100, .chunkSize = 10}, .requestId = "mine"};
  cluster.handle(submitted);
  JobId id = cluster.core().lastJob();
  cluster.finish(id);
  cluster.extend(id, 200);

  CHECK(only<action::AcceptJob>(cluster.handle(submitted)).at(0).job == id);
  submitted.spec.stream.seed = 1;
  CHECK(only<action::RefuseJob>(cluster.handle(submitted)).size() == 1);
}

TEST_CASE("an extension drops the target error of a job") {
  Extender cluster;
  JobId id = cluster.finished({.samples = 1000, .chunkSize = 100, .targetError = 0.001});
  CHECK_FALSE(cluster.job(id).reason.empty());
  CHECK(isAccepted(cluster.extend(id, 5000)));
  cluster.finish(id);
  CHECK(cluster.job(id).spec.targetError == 0);
  CHECK(cluster.job(id).reason.empty());
  CHECK(cluster.job(id).samplesCounted == 5000);
}

TEST_CASE("a job that cannot be extended is left alone, and the refusal says what to do") {
  Extender cluster;
  auto refusal = [&](JobId id, std::uint64_t samples) {
    return Extender::refusalIn(cluster.extend(id, samples));
  };
  CHECK(refusal(JobId{99}, 100).starts_with("the scheduler does not know this job"));

  JobId running = cluster.submit({.samples = 1000, .chunkSize = 10});
  CHECK(refusal(running, 2000) == "job 1 is not finished; wait for its end, then extend it");
  cluster.handle(event::JobCancelled{.job = running, .reason = ""});
  CHECK(refusal(running, 2000) ==
        "job 1 is cancelled, and only a finished job can be extended; submit a new job");

  JobId small = cluster.finished(50);
  CHECK(refusal(small, 49) ==
        "job 2 has 50 samples already, and a job does not shrink; give a larger number, or submit "
        "a new job");
  CHECK(cluster.job(small).state == JobState::kFinished);
}

TEST_CASE("a job can be extended only so often") {
  Extender cluster;
  JobId id = cluster.finished(1);
  for (std::uint64_t samples = 2; samples < 2 + kExtensionsMax; ++samples) {
    REQUIRE(isAccepted(cluster.extend(id, samples)));
    cluster.finish(id);
  }
  CHECK(Extender::refusalIn(cluster.extend(id, 1000)).ends_with("submit a new job"));
}

}  // namespace
}  // namespace pi::scheduler
