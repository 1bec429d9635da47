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
  Ended first = cluster.runScheduler({"stop"});
  CHECK(first.exitCode == 0);
  CHECK(first.out ==
        "the scheduler has ended; no unfinished job; 1 worker waits for the next scheduler\n");
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
  CHECK(stop.out == "the scheduler has ended; 1 unfinished job is kept; no worker waits\n");
  CHECK(cluster.scheduler().wait() == 0);
  CHECK(worker.wait() == 0);
  CHECK(second.wait() == 0);
  CHECK_FALSE(fs::exists(cluster.connectionFile()));
  CHECK(mentions(cluster.scheduler().err(), "since the start: "));
  CHECK_FALSE(mentions(cluster.scheduler().err(), "leases lent: 0;"));

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
  // The log says at once that it waits; the error is one line.
  std::string err = second->err(), log = err.substr(0, err.find('\n') + 1);
  CHECK(mentions(log, "waiting two seconds for its end"));
  std::string error = err.substr(log.size());
  CHECK(isOneLine(error));
  CHECK(mentions(error, cluster.stateDirectory().string()));
  CHECK(mentions(error, "pid " + std::to_string(cluster.scheduler().pid())));
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

  auto scheduler = home.startScheduler({"--port", "0", "--idle-timeout", "0.1s"});
  scheduler->waitForErr("waiting two seconds for its end");
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

TEST_CASE("a scheduler that replaces the file of a silent one on another machine says so") {
  Cluster cluster;
  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();
  Json file = Json::parse(contentOf(cluster.connectionFile()));
  file["host"] = "login2";  // Its process cannot be looked up, and its port does not answer.
  writePrivate(cluster, "scheduler.json", file.dump());

  auto second = cluster.startScheduler({});

  second->waitForErr("on login2) that does not answer here; starting; if it still runs, stop it");
  waitUntil("the file is written", [&] {
    return Json::parse(contentOf(cluster.connectionFile())).at("pid") == second->pid();
  });
}

TEST_CASE("a restart is not kept by other programs on the old port, and returns to it later") {
  Cluster cluster;
  std::uint16_t port = cluster.port();
  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();
  // A neighbour's scheduler has the port now, and the process id belongs to a live process.
  Home elsewhere;
  auto neighbour = elsewhere.startScheduler({"--port", std::to_string(port)});
  waitUntil("the neighbour listens", [&] { return fs::exists(elsewhere.connectionFile()); });
  Json file = Json::parse(contentOf(cluster.connectionFile()));
  file["pid"] = ::getpid();
  writePrivate(cluster, "scheduler.json", file.dump());

  auto second = cluster.startScheduler({});
  second->waitForErr("another program answers at its address");
  second->waitForErr("port " + std::to_string(port) + " is taken; listening on ");
  waitUntil("the file is written", [&] {
    return Json::parse(contentOf(cluster.connectionFile())).at("pid") == second->pid();
  });
  CHECK(cluster.runClient({"list"}).exitCode == 0);
  CHECK(neighbour->hasEnded() == false);
  second->signal(SIGTERM);
  CHECK(second->wait() == 0);
  neighbour->signal(SIGTERM);
  CHECK(neighbour->wait() == 0);

  auto third = cluster.startScheduler({});
  third->waitForErr("port " + std::to_string(port) + " is free again");
  waitUntil("the file is written", [&] { return fs::exists(cluster.connectionFile()); });
  CHECK(mentions(third->out(), "Scheduler at: " + cluster.address() + "\n"));
}

TEST_CASE(
    "a connection file that is removed while the scheduler runs is written again, as it was") {
  Cluster cluster;
  fs::path target = cluster.connectionFile().parent_path() / "elsewhere.json";
  cluster.scheduler().signal(SIGTERM);
  CHECK(cluster.scheduler().wait() == 0);
  fs::create_symlink(target, cluster.connectionFile());
  cluster.restartScheduler();
  const std::string before = contentOf(target);

  fs::remove(target);

  waitUntil("the file is back", [&] { return fs::exists(target); });
  cluster.scheduler().waitForErr("again: it had disappeared");
  CHECK(contentOf(target) == before);
  CHECK(fs::is_symlink(cluster.connectionFile()));
  CHECK(cluster.runClient({"list"}).exitCode == 0);
  CHECK(cluster.runScheduler({"stop"}).exitCode == 0);
  CHECK_FALSE(fs::exists(target));
  CHECK(fs::is_symlink(cluster.connectionFile()));
}

TEST_CASE("an address that the user gives comes first in the connection file") {
  Cluster cluster({"--contact-address", "gateway.example:4711"});
  Json addresses = Json::parse(contentOf(cluster.connectionFile())).at("addresses");
  CHECK(addresses.at(0) == "tcp://gateway.example:4711");
  CHECK(addresses.at(1).get<std::string>().starts_with("tcp://127.0.0.1:"));
  CHECK(mentions(cluster.scheduler().out(), "Scheduler at: tcp://gateway.example:4711\n"));
}

TEST_CASE("a second signal while a scheduler stops loses nothing") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  std::uint64_t job = cluster.submit(kEndless);
  cluster.waitForContribution(worker);
  for (int number : {SIGTERM, SIGTERM, SIGINT}) cluster.scheduler().signal(number);
  CHECK(cluster.scheduler().wait() == 0);
  CHECK(mentions(cluster.scheduler().err(), "1 unfinished job is kept; 1 worker waits"));
  cluster.restartScheduler();
  CHECK(cluster.stateOf(job) != "failed");
}

TEST_CASE("the log goes to a file if one is named, with times that have an offset") {
  Home home;
  fs::path log = home.connectionFile().parent_path() / "scheduler.log";
  Words words = {"--port", "0", "--idle-timeout", "0.1s", "--log-file", log.string()};
  for (int i = 0; i < 2; ++i) {
    auto scheduler = home.startScheduler(words);
    CHECK(scheduler->wait() == 0);
    CHECK(scheduler->err().empty());
  }
  const std::string text = contentOf(log);
  // 2001-02-03 04:05:06.789+01:00 info pi-scheduler ...
  REQUIRE(text.size() > 30);
  CHECK((text[23] == '+' || text[23] == '-'));
  CHECK(text.substr(26, 1) == ":");
  CHECK(text.substr(29, 19) == " info pi-scheduler ");
  CHECK(text.find("stopped") != text.rfind("stopped"));  // The second one appends.

  words.back() = home.connectionFile().parent_path().string();
  Ended refused = home.runScheduler(words);
  CHECK(refused.exitCode == 1);
  CHECK(isOneLine(refused.err));
  CHECK(mentions(refused.err, "it is a directory; name another with --log-file"));
}

TEST_CASE("a worker that drains and leaves in order causes no warning") {
  Cluster cluster({"--log-level", "debug"});
  cluster.submit(kEndless);
  for (int i = 0; i < 3; ++i) {
    Process& worker = cluster.addWorker();
    cluster.waitForContribution(worker);
    worker.signal(SIGTERM);
    CHECK(worker.wait() == 0);
  }
  cluster.scheduler().signal(SIGTERM);
  CHECK(cluster.scheduler().wait() == 0);
  CHECK(mentions(cluster.scheduler().err(), "drained and left"));
  CHECK_FALSE(mentions(cluster.scheduler().err(), " warning "));
}

TEST_CASE("a program whose current directory is gone says so, instead of the library") {
  Home home;
  std::string gone = (home.connectionFile().parent_path() / "gone").string();
  for (const char* command : {"--port 0", "access client", "access client --rotate"}) {
    CAPTURE(command);
    Ended ended =
        home.runShell("mkdir " + gone + " && cd " + gone + " && rmdir " + gone +
                      " && exec \"$PI_SCHEDULER\" " + command + " --connection-file here.json");
    CHECK(ended.exitCode == 1);
    CHECK(isOneLine(ended.err));
    CHECK(mentions(ended.err, "the current directory is gone"));
    CHECK_FALSE(mentions(ended.err, "filesystem error"));
  }
}

TEST_CASE("a scheduler does not overwrite a file that is no connection file") {
  for (const char* mode : {"600", "644"}) {
    for (const char* text : {"my thesis", "{}", "[1]"}) {
      CAPTURE(mode);
      CAPTURE(text);
      Home home;
      std::string path = home.connectionFile().string();
      home.runShell("echo '" + std::string(text) + "' > " + path + " && chmod " + mode + " " +
                    path);

      Ended ended = home.runScheduler({"--host", "127.0.0.1", "--port", "0"});

      CHECK(ended.exitCode == 1);
      CHECK(ended.out.empty());
      CHECK(isOneLine(ended.err));
      CHECK(mentions(ended.err, "it is not a connection file; move it away"));
      CHECK(contentOf(home.connectionFile()) == std::string(text) + "\n");
    }
  }
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
