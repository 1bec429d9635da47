// The provider with programs that stand in for Slurm's and fail in every way.
#include "scheduler/allocation/provider/slurm_provider.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>

#include "common/net/loop/clock.h"
#include "scheduler/allocation/provider/worker_script.h"
#include "tests/temporary_folder.h"
#include "tests/unit/service/captured_log.h"

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;
using Kind = BatchFailure::Kind;

const std::string& oldPath() {
  static const std::string kPath = [] {
    const char* path = ::getenv("PATH");
    return std::string(path == nullptr ? "/usr/bin:/bin" : path);
  }();
  return kPath;
}

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A cluster without any program of Slurm.
struct Fixture {
  explicit Fixture(Duration timeout = 60s) {
    std::filesystem::create_directory(bin());
    ::setenv("PATH", (bin().string() + ":" + oldPath()).c_str(), 1);
    WorkerStart start{.worker = "/opt/pi-worker",
                      .connectionFile = "/home/someone/scheduler.json",
                      .logFolder = (folder.path() / "logs").string()};
    std::vector<std::string> environment{"PATH=" + oldPath(), "SLURM_JOB_ID=1",
                                         "HERE=" + folder.path().string()};
    provider = std::make_unique<SlurmProvider>(loop, start, environment, timeout);
  }
  ~Fixture() { ::setenv("PATH", oldPath().c_str(), 1); }

  std::filesystem::path bin() const { return folder.path() / "bin"; }

  // A program that is this script.  $HERE is the folder of the test.
  void write(const std::string& program, const std::string& script) const {
    std::ofstream(bin() / program) << "#!/bin/sh\n" << script << "\n";
    ::chmod((bin() / program).c_str(), S_IRWXU);
  }

  std::variant<AllocationProvider::Submitted, BatchFailure> submit(const std::string& name = "a") {
    return provider->submit({.name = name, .arguments = {"-p", "x"}, .timeLimit = 1h})
        .wait(loop.waitScope());
  }
  BatchFailure failSubmit() {
    auto answer = submit();
    REQUIRE(std::holds_alternative<BatchFailure>(answer));
    return std::get<BatchFailure>(answer);
  }
  BatchFailure failList() {
    auto answer = provider->list().wait(loop.waitScope());
    REQUIRE(std::holds_alternative<BatchFailure>(answer));
    return std::get<BatchFailure>(answer);
  }
  std::vector<BatchStatus> list() {
    auto answer = provider->list().wait(loop.waitScope());
    REQUIRE(std::holds_alternative<std::vector<BatchStatus>>(answer));
    return std::get<std::vector<BatchStatus>>(answer);
  }
  std::optional<BatchFailure> cancel(const Words& ids, AllocationProvider::Which which) {
    return provider->cancel(ids, which).wait(loop.waitScope());
  }

  net::KjLoop loop;
  TemporaryFolder folder;
  std::unique_ptr<SlurmProvider> provider;
};

}  // namespace

TEST_CASE("sbatch gets the worker's script, its options and variables, and answers with an id") {
  Fixture fixture;
  fixture.write("sbatch", R"(cat > "$HERE/script"; echo "$@" > "$HERE/words"
echo "$PI_ALLOCATION $PI_CONNECTION_FILE $PI_WORKER ${SLURM_JOB_ID-none}" > "$HERE/variables"
echo 4711)");

  auto answer = fixture.submit("pi-1");

  CHECK(std::get<AllocationProvider::Submitted>(answer).id == "4711");
  std::string script = contentOf(fixture.folder.path() / "script");
  CHECK(script == contentOf(PI_SOURCE_DIRECTORY "/scripts/slurm/worker.sbatch"));
  CHECK(script == kWorkerScript);
  CHECK(holds(contentOf(fixture.folder.path() / "words"), "-p x --parsable --job-name=pi-1 "));
  CHECK(contentOf(fixture.folder.path() / "variables") ==
        "pi-1 /home/someone/scheduler.json /opt/pi-worker none\n");
  struct stat logs {};
  REQUIRE(::stat((fixture.folder.path() / "logs").c_str(), &logs) == 0);
  CHECK((logs.st_mode & 0777) == 0700);
}

TEST_CASE("a refused submission is clear, and nothing was submitted") {
  Fixture fixture;
  fixture.write("sbatch",
                "echo 'sbatch: error: Batch job submission failed: Invalid partition name "
                "specified' >&2; exit 1");
  BatchFailure failure = fixture.failSubmit();
  CHECK(failure.kind == Kind::kRefused);
  CHECK(holds(failure.sentence, "Slurm does not have this partition"));
}

TEST_CASE("a submission without a clear answer may have happened") {
  for (const char* script :
       {"echo Submitted", "true", "kill -9 $$", "head -c 100000 /dev/zero",
        "echo 'sbatch: error: Batch job submission failed: Socket timed out on send/recv "
        "operation' >&2; exit 1"}) {
    CAPTURE(script);
    Fixture fixture;
    fixture.write("sbatch", script);
    BatchFailure failure = fixture.failSubmit();
    CHECK(failure.kind == Kind::kUnclear);
    CHECK_FALSE(holds(failure.sentence, "\n"));
  }
  Fixture hurried(50ms);
  hurried.write("sbatch", "echo 4711; sleep 100");
  BatchFailure failure = hurried.failSubmit();
  CHECK(failure.kind == Kind::kUnclear);
  CHECK(failure.sentence == "sbatch did not end within 50 ms");
}

TEST_CASE("a machine without Slurm is named with the remedy") {
  Fixture fixture;
  ::setenv("PATH", fixture.bin().c_str(), 1);
  BatchFailure failure = fixture.failSubmit();
  CHECK(failure.kind == Kind::kRefused);
  CHECK(holds(failure.sentence, "there is no sbatch in the PATH; start the scheduler on a login"));
  CHECK(holds(fixture.failList().sentence, "there is no squeue in the PATH"));
}

TEST_CASE("a folder for logs that cannot be made is an error with its name") {
  Fixture fixture;
  ::chmod(fixture.folder.path().c_str(), S_IRUSR | S_IXUSR);
  if (::geteuid() == 0) {  // Root may write anywhere, but not into a file.
    ::chmod(fixture.folder.path().c_str(), S_IRWXU);
    std::ofstream(fixture.folder.path() / "file") << "x";
    fixture.provider = std::make_unique<SlurmProvider>(
        fixture.loop, WorkerStart{.logFolder = (fixture.folder.path() / "file" / "logs").string()},
        std::vector<std::string>{});
  }
  BatchFailure failure = fixture.failSubmit();
  ::chmod(fixture.folder.path().c_str(), S_IRWXU);
  CHECK(failure.kind == Kind::kUnreachable);
  CHECK(holds(failure.sentence, "the folder for the logs of workers, "));
}

TEST_CASE("squeue's list is read, and a failed allocation says where its log is") {
  Fixture fixture;
  fixture.write("sbatch", "echo 7");
  fixture.submit("pi-1");
  std::ofstream(fixture.folder.path() / "logs" / "pi-1.log") << "no connection file";
  fixture.write("squeue", R"(echo "$@ $SLURM_TIME_FORMAT" > "$HERE/words"
echo '7|FAILED|1795810638|256|NonZeroExitCode|pi-1|'
echo '8|FAILED|1795810638|256|NonZeroExitCode|../etc|'
echo '9|DREAMING|1795810638|0|None|pi-2|')");

  std::vector<BatchStatus> jobs = fixture.list();

  REQUIRE(jobs.size() == 3);
  CHECK(jobs[0].reason == "it failed with exit code 1; read " +
                              (fixture.folder.path() / "logs" / "pi-1.log").string());
  CHECK(jobs[1].reason == "it failed with exit code 1");
  CHECK(jobs[2].state == BatchState::kUnknown);
  std::string words = contentOf(fixture.folder.path() / "words");
  CHECK(holds(words, "--me --states=all --noheader --Format="));
  CHECK(words.ends_with(" %s\n"));
}

TEST_CASE("a state that this program does not know is logged once") {
  scheduler::testing::CapturedLog log;
  Fixture fixture;
  fixture.write("squeue", "echo '9|DREAMING|1795810638|0|None|pi-2|'");
  fixture.list();
  fixture.list();
  CHECK(log.count("in the state DREAMING") == 1);
}

TEST_CASE("a list that cannot be read leads to no conclusion") {
  for (const char* script :
       {"exit 1", "kill -9 $$", "head -c 17000000 /dev/zero",
        "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; "
        "exit 1",
        "echo 'slurm_load_jobs error: Socket timed out on send/recv operation' >&2; exit 1"}) {
    CAPTURE(script);
    Fixture fixture;
    fixture.write("squeue", script);
    CHECK(fixture.failList().kind != Kind::kUnclear);
  }
  Fixture hurried(50ms);
  hurried.write("squeue", "sleep 100");
  CHECK(hurried.failList() ==
        BatchFailure{.sentence = "squeue did not end within 50 ms", .kind = Kind::kUnreachable});
}

TEST_CASE("scancel is told whether running jobs are meant, and jobs that are over are no failure") {
  Fixture fixture;
  fixture.write("scancel", R"(echo "$@" >> "$HERE/words")");
  CHECK(fixture.cancel({"7", "8"}, AllocationProvider::Which::kAll) == std::nullopt);
  CHECK(fixture.cancel({"9"}, AllocationProvider::Which::kPending) == std::nullopt);
  CHECK(fixture.cancel({}, AllocationProvider::Which::kAll) == std::nullopt);
  CHECK(contentOf(fixture.folder.path() / "words") == "7 8\n--state=PENDING 9\n");

  fixture.write("scancel",
                "echo 'scancel: error: Kill job error on job id 7: Invalid job id specified' >&2; "
                "exit 1");
  CHECK(fixture.cancel({"7"}, AllocationProvider::Which::kAll) == std::nullopt);

  fixture.write("scancel",
                "echo 'scancel: error: Kill job error on job id 7: Unable to contact slurm "
                "controller (connect failure)' >&2; exit 8");
  auto failure = fixture.cancel({"7"}, AllocationProvider::Which::kAll);
  REQUIRE(failure);
  CHECK(failure->kind == Kind::kUnreachable);
}

TEST_CASE("the cause of an end comes from scontrol, else from sacct, else from none") {
  Fixture fixture;
  auto causeOf = [&](const std::string& id) {
    return fixture.provider->causeOf(id).wait(fixture.loop.waitScope());
  };
  CHECK(causeOf("7") == std::nullopt);  // There is neither.
  fixture.write("scontrol", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
  fixture.write("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
  CHECK(causeOf("7") == std::nullopt);
  fixture.write("sacct", R"(echo "$@" > "$HERE/words"; echo '7|TIMEOUT|0:0|pi-1')");
  CHECK(causeOf("7") == BatchStatus{.name = "pi-1",
                                    .id = "7",
                                    .state = BatchState::kEnded,
                                    .reason = "it reached its time limit"});
  CHECK(holds(contentOf(fixture.folder.path() / "words"), "--jobs=7"));
  fixture.write("scontrol", "echo 'JobId=7 JobName=pi-1 JobState=PREEMPTED Reason=None'");
  CHECK(causeOf("7")->reason == "a job of a higher priority took its node");
}

TEST_CASE("one command runs at a time, and one that is given up makes room") {
  Fixture fixture;
  fixture.write("sbatch", R"(mkdir "$HERE/lock" || exit 3
sleep 0.05; rmdir "$HERE/lock"; echo 1)");
  auto& provider = *fixture.provider;
  auto first = provider.submit({.name = "a"});
  auto second = provider.submit({.name = "b"});
  auto third = provider.submit({.name = "c"});
  { auto dropped = kj::mv(second); }
  CHECK(
      std::holds_alternative<AllocationProvider::Submitted>(third.wait(fixture.loop.waitScope())));
  CHECK(
      std::holds_alternative<AllocationProvider::Submitted>(first.wait(fixture.loop.waitScope())));

  fixture.write("sbatch", "sleep 100");
  auto endless = provider.submit({.name = "d"});
  fixture.write("squeue", "true");
  auto listed = provider.list();
  fixture.loop.timer().afterDelay(net::toKj(20ms)).wait(fixture.loop.waitScope());
  CHECK_FALSE(listed.poll(fixture.loop.waitScope()));
  { auto dropped = kj::mv(endless); }
  CHECK(std::holds_alternative<std::vector<BatchStatus>>(listed.wait(fixture.loop.waitScope())));
}

TEST_CASE("the oldest logs are removed") {
  Fixture fixture;
  fixture.write("sbatch", "echo 7");
  std::filesystem::path logs = fixture.folder.path() / "logs";
  std::filesystem::create_directory(logs);
  auto old = std::filesystem::file_time_type::clock::now() - 1h;
  for (int i = 0; i < 1'005; ++i) {
    std::filesystem::path path = logs / ("pi-" + std::to_string(i) + ".log");
    std::ofstream(path) << "x";
    std::filesystem::last_write_time(path, old + std::chrono::seconds(i));
  }
  std::ofstream(logs / "notes.txt") << "x";
  fixture.submit();
  CHECK_FALSE(std::filesystem::exists(logs / "pi-4.log"));
  CHECK(std::filesystem::exists(logs / "pi-5.log"));
  CHECK(std::filesystem::exists(logs / "notes.txt"));
}

}  // namespace pi::allocation
