#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// Replaces the application id of the database by that of another program.
std::string asOfAnotherProgram(std::string store) {
  constexpr std::size_t kApplicationIdAt = 68;
  return store.replace(kApplicationIdAt, 4, 4, '\0');
}

std::string withABrokenPage(std::string store) {
  constexpr std::size_t kPageBytes = 4096;
  return store.replace(kPageBytes, kPageBytes, kPageBytes, 'x');
}

}  // namespace

TEST_CASE("a scheduler first prints its addresses, and writes them to a private file") {
  Cluster cluster;

  std::string out = cluster.scheduler().out();
  CHECK(out.starts_with("Scheduler at: " + cluster.address() + "\n"));
  CHECK(mentions(out, "\nConnection file: " + cluster.connectionFile().string() + "\n"));
  CHECK(mentions(out, "\nState directory: " + cluster.stateDirectory().string() + "\n"));
  fs::perms mode = fs::status(cluster.connectionFile()).permissions();
  CHECK(mode == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a scheduler that gets a signal ends with exit code 0 and removes its connection file") {
  for (int number : {SIGTERM, SIGINT}) {
    CAPTURE(number);
    Cluster cluster;
    Process& worker = cluster.addWorker();
    cluster.submit(kEndless);
    cluster.waitForContribution(worker);

    cluster.scheduler().signal(number);

    CHECK(cluster.scheduler().wait() == 0);
    CHECK_FALSE(fs::exists(cluster.connectionFile()));
    worker.waitForErr("lost the scheduler, reconnecting");  // It waits for the next one.
    CHECK_FALSE(worker.hasEnded());
  }
}

TEST_CASE(
    "a scheduler that gets a signal announces its restart, and the next one continues its jobs") {
  Cluster cluster;
  Process& worker = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(2s);
  std::uint64_t job = cluster.submit(samples);
  cluster.waitForContribution(worker);
  Json before = cluster.infoOf(worker);

  cluster.scheduler().signal(SIGTERM);
  CHECK(cluster.scheduler().wait() == 0);
  worker.waitForErr("the scheduler restarts");
  cluster.restartScheduler();

  waitUntil("the worker is back", [&] { return !cluster.infoOf(worker).is_null(); });
  CHECK(cluster.infoOf(worker).at("worker") == before.at("worker"));
  CHECK(cluster.stateOf(job) == "running");
  Json result = cluster.resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("workers") == 1);
  CHECK(result.at("duplicates_dropped") == 0);
  CHECK(cluster.ask({"list"}).at("jobs").size() == 1);
  // The worker has continued its leases, and computed nothing twice.
  worker.signal(SIGTERM);
  CHECK(worker.wait() == 0);
  worker.waitForErr("left after computing " + std::to_string(samples) + " samples");
}

TEST_CASE("'pi-scheduler stop' ends the scheduler, and with --workers its workers") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  CHECK(cluster.runScheduler({"stop"}).exitCode == 0);
  CHECK(cluster.scheduler().wait() == 0);
  CHECK_FALSE(fs::exists(cluster.connectionFile()));

  cluster.restartScheduler();
  Process& second = cluster.addWorker();
  cluster.submit(kEndless);
  cluster.waitForContribution(worker);
  cluster.waitForContribution(second);

  Ended stop = cluster.runScheduler({"stop", "--workers"});

  CHECK(stop.exitCode == 0);
  CHECK(stop.err.empty());
  CHECK(cluster.scheduler().wait() == 0);
  CHECK(worker.wait() == 0);
  CHECK(second.wait() == 0);
  CHECK_FALSE(fs::exists(cluster.connectionFile()));
  CHECK(mentions(cluster.scheduler().err(), "in total: "));
  CHECK_FALSE(mentions(cluster.scheduler().err(), "in total: 0 leases lent"));

  Ended again = cluster.runScheduler({"stop"});
  CHECK(again.exitCode == 3);
  CHECK(isOneLine(again.err));
}

TEST_CASE("a long name is cut in the log and complete everywhere else") {
  Cluster cluster;
  const std::string longName(128, 'x');
  Process& worker = cluster.addWorker({"--name", longName});

  cluster.scheduler().waitForErr("(" + std::string(61, 'x') + "...) joined");
  CHECK(cluster.infoOf(worker).at("name") == longName);
}

TEST_CASE("a second scheduler on the same state directory is refused in one line") {
  Cluster cluster;

  auto second = cluster.startScheduler({"--port", "0"});

  CHECK(second->wait() == 1);
  CHECK(second->out().empty());
  CHECK(isOneLine(second->err()));
  CHECK(mentions(second->err(), cluster.stateDirectory().string()));
  CHECK(mentions(second->err(), "pid " + std::to_string(cluster.scheduler().pid())));
  CHECK(cluster.runClient({"list"}).exitCode == 0);
}

TEST_CASE("a scheduler waits two seconds for the end of the last one") {
  Home home;
  fs::create_directory(home.stateDirectory());
  fs::permissions(home.stateDirectory(), fs::perms::owner_all);
  int file = ::open((home.stateDirectory() / "scheduler.lock").c_str(),
                    O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  REQUIRE(::fcntl(file, F_SETLK, &lock) == 0);

  auto scheduler =
      home.startScheduler({"--port", "0", "--log-level", "debug", "--idle-timeout", "0.1s"});
  scheduler->waitForErr("another scheduler has the state directory; trying again");
  ::close(file);

  CHECK(scheduler->wait() == 0);
}

TEST_CASE("a second scheduler with the same connection file is refused in one line") {
  Cluster cluster;
  std::string elsewhere = cluster.stateDirectory().string() + "2";

  auto second = cluster.startScheduler({"--port", "0", "--state-dir", elsewhere});

  CHECK(second->wait() == 1);
  CHECK(second->out().empty());
  CHECK(isOneLine(second->err()));
  CHECK(mentions(second->err(), cluster.connectionFile().string()));
  CHECK(cluster.runClient({"list"}).exitCode == 0);
}

TEST_CASE("an option that the scheduler cannot use is an error of one line with a remedy") {
  Home home;
  const std::vector<std::pair<Words, std::string>> all = {
      {{"--host", "192.0.2.1", "--port", "0"},
       "choose one of this machine's addresses with --host"},
      {{"--host", "no.such.host.invalid"}, "choose one of this machine's addresses with --host"},
      {{"--state-dir", "/proc/no/such"}, "name another with --state-dir"},
      {{"--state-dir", home.stateDirectory().string(), "--pid-file", "/proc/no/such"},
       "No such file or directory; name another with --pid-file"}};
  for (const auto& each : all) {
    const auto& [words, remedy] = each;
    CAPTURE(Json(each.first).dump());
    Ended scheduler = home.runScheduler(words);
    CHECK(scheduler.exitCode == 1);
    CHECK(scheduler.out.empty());
    CHECK(isOneLine(scheduler.err));
    CHECK(mentions(scheduler.err, remedy));
  }
}

TEST_CASE("a taken port that was given as an option is an error with its number") {
  Cluster cluster;
  Home elsewhere;

  auto second = elsewhere.startScheduler({"--port", std::to_string(cluster.port())});

  CHECK(second->wait() == 1);
  CHECK(second->out().empty());
  CHECK(isOneLine(second->err()));
  CHECK(mentions(second->err(), std::to_string(cluster.port())));
  CHECK_FALSE(fs::exists(elsewhere.connectionFile()));
}

TEST_CASE("a scheduler survives logout: SIGHUP, and a log that cannot be written any longer") {
  Cluster cluster({}, Output::kBothBroken);
  cluster.scheduler().signal(SIGHUP);
  cluster.addWorker();

  CHECK(cluster.ask({"run", "1e8"}).at("hits") == hitsAmong(100'000'000));
  CHECK_FALSE(cluster.scheduler().hasEnded());
  cluster.scheduler().signal(SIGTERM);
  CHECK(cluster.scheduler().wait() == 0);
}

TEST_CASE("a scheduler without jobs ends after its idle timeout") {
  Home home;
  auto scheduler = home.startScheduler({"--port", "0", "--idle-timeout", "0.5s"});

  CHECK(scheduler->wait() == 0);
  CHECK_FALSE(fs::exists(home.connectionFile()));
}

TEST_CASE("a scheduler that ends after its idle timeout ends its workers, too") {
  Cluster cluster({"--idle-timeout", "2s"});
  std::uint64_t job = cluster.submit(kEndless);  // Not idle until the workers are there.
  Process& first = cluster.addWorker();
  Process& second = cluster.addWorker();
  cluster.waitForContribution(first);

  CHECK(cluster.runClient({"cancel", std::to_string(job)}).exitCode == 0);

  CHECK(cluster.scheduler().wait() == 0);
  for (Process* worker : {&first, &second}) {
    CHECK(worker->wait() == 0);
    CHECK(mentions(worker->err(), "draining"));
    CHECK_FALSE(mentions(worker->err(), "lost the scheduler"));
  }
  CHECK_FALSE(fs::exists(cluster.connectionFile()));
}

TEST_CASE("a damaged or foreign job store is refused in one line and left unchanged") {
  Cluster cluster;
  cluster.addWorker();
  std::uint64_t job = cluster.submit(1'000'000);
  Json result = cluster.resultOf(job);
  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  fs::path store = cluster.stateDirectory() / "jobs.sqlite";
  const std::string whole = contentOf(store);
  const std::vector<std::pair<std::string, std::string>> all = {
      {asOfAnotherProgram(whole), "is a database of another program; move it away"},
      {withABrokenPage(whole), "restore it, or move it away"},
      {whole.substr(0, whole.size() / 2), "restore it, or move it away"},
      {std::string(10'000, 'x'), "restore it, or move it away"},
      {"", "restore it, or move it away"}};

  for (const auto& each : all) {
    const auto& [content, remedy] = each;
    CAPTURE(each.second);
    std::ofstream(store, std::ios::binary) << content;
    auto scheduler = cluster.startScheduler({"--port", "0"});
    CHECK(scheduler->wait() == 1);
    CHECK(scheduler->out().empty());
    CHECK(isOneLine(scheduler->err()));
    CHECK(mentions(scheduler->err(), store.string()));
    CHECK(mentions(scheduler->err(), remedy));
    CHECK(contentOf(store) == content);
    CHECK_FALSE(fs::exists(cluster.connectionFile()));
  }

  std::ofstream(store, std::ios::binary) << whole;
  cluster.restartScheduler();
  CHECK(cluster.resultOf(job) == result);
}

TEST_CASE("a worker drains and leaves at the end of its lifetime") {
  Cluster cluster;
  cluster.submit(kEndless);

  auto worker = cluster.startWorker({"--threads", "1", "--lifetime", "0.5s"});

  CHECK(worker->wait() == 0);
  CHECK(mentions(worker->err(), "draining"));
  CHECK(cluster.infoOf(*worker).is_null());
}

TEST_CASE("a worker without a scheduler exits with code 3 after its death timeout") {
  Home home;

  Ended unreachable = home.runWorker({"tcp://127.0.0.1:1", "--death-timeout", "1s"});
  CHECK(unreachable.exitCode == 3);
  CHECK(mentions(unreachable.err, "127.0.0.1:1"));

  Ended noFile = home.runWorker({"--death-timeout", "1s"});
  CHECK(noFile.exitCode == 3);
  CHECK(mentions(noFile.err, home.connectionFile().string()));
}

TEST_CASE("a worker waits for a scheduler that starts later") {
  Cluster cluster;
  cluster.scheduler().signal(SIGTERM);
  CHECK(cluster.scheduler().wait() == 0);
  auto worker = cluster.startWorker({"--threads", "1"});
  worker->waitForErr(cluster.connectionFile().string());

  cluster.restartScheduler();

  CHECK(cluster.ask({"run", "1e8"}).at("hits") == hitsAmong(100'000'000));
  CHECK(cluster.contributedBy(*worker) == 100'000'000);
}

TEST_CASE("clients recognize the stale connection file of a killed scheduler") {
  Cluster cluster;
  cluster.scheduler().signal(SIGKILL);
  CHECK(cluster.scheduler().wait() == 128 + SIGKILL);
  REQUIRE(fs::exists(cluster.connectionFile()));

  for (const char* command : {"list", "workers", "1e8"}) {
    CAPTURE(command);
    Ended client = cluster.runClient({command});
    CHECK(client.exitCode == 3);
    CHECK(client.out.empty());
    CHECK(isOneLine(client.err));
    CHECK(mentions(client.err, cluster.connectionFile().string()));
  }
  cluster.restartScheduler();
  CHECK(cluster.runClient({"list"}).exitCode == 0);
}

TEST_CASE("a broken connection file is an error of one line, with exit code 3") {
  for (const char* content : {"", "{", "[]", "{\"version\": 1}", "\xff\xfe nonsense",
                              "{\"version\": 99, \"addresses\": []}"}) {
    CAPTURE(content);
    Home home;
    std::ofstream(home.connectionFile()) << content;

    for (const char* command : {"list", "1e8"}) {
      Ended client = home.runClient({command});
      CHECK(client.exitCode == 3);
      CHECK(client.out.empty());
      CHECK(isOneLine(client.err));
      CHECK(mentions(client.err, home.connectionFile().string()));
    }
  }
}

}  // namespace pi::cluster
