#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

std::uint64_t computedBy(const Process& worker) {
  const std::string before = "left after computing ";
  std::string log = worker.err();
  auto at = log.find(before);
  return at == std::string::npos ? 0 : std::stoull(log.substr(at + before.size()));
}

std::size_t countOf(const std::string& part, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Sends these bytes to the scheduler.  Returns true if it closes the connection.
bool isClosedAfter(std::uint16_t port, const std::string& bytes) {
  int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  timeval patience{.tv_sec = 30, .tv_usec = 0};
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  bool isSent = ::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL) == ssize_t(bytes.size());
  ssize_t count = 1;
  char piece[256];
  while (isSent && count > 0) count = ::recv(peer, piece, sizeof piece, 0);
  bool isOver = count == 0 || errno == ECONNRESET;
  ::close(peer);
  return isSent && isOver;
}

// Whether the process has a handler for a signal.
bool catches(const Process& process, int number) {
  std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
  for (std::string word; status >> word;) {
    std::uint64_t caught = 0;
    if (word == "SigCgt:" && status >> std::hex >> caught) return (caught >> (number - 1) & 1) != 0;
  }
  return false;
}

// A cluster with two slow workers and a job of some seconds, to which the first has contributed.
struct MidJob {
  explicit MidJob(const Words& schedulerOptions = {}) : cluster(schedulerOptions) {
    cluster.waitForContribution(first);
  }

  Cluster cluster;
  Process& first = cluster.addWorker(kSlowly);
  Process& second = cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(2s);
  std::uint64_t job = cluster.submit(samples);
};

}  // namespace

TEST_CASE("a killed worker loses no sample") {
  MidJob midJob({"--reconnect-grace", "100ms"});
  auto& [cluster, first, second, samples, job] = midJob;
  cluster.waitForContribution(second);

  first.signal(SIGKILL);
  REQUIRE(cluster.stateOf(job) == "running");

  CHECK(first.wait() == 128 + SIGKILL);
  Json result = cluster.resultOf(job);
  CHECK(result.at("state") == "finished");
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(cluster.contributedBy(second) > 0);
  CHECK(mentions(cluster.scheduler().err(), "is absent"));
}

TEST_CASE("a worker that drains reports every sample that it has computed") {
  MidJob midJob;
  auto& [cluster, first, second, samples, job] = midJob;

  first.signal(SIGTERM);
  REQUIRE(cluster.stateOf(job) == "running");

  CHECK(first.wait() == 0);
  Json result = cluster.resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("duplicates_dropped") == 0);
  CHECK(computedBy(first) > 0);
  CHECK(computedBy(first) + cluster.contributedBy(second) == samples);
  CHECK(cluster.infoOf(first).is_null());
}

TEST_CASE("every signal that a batch system sends drains a worker") {
  Cluster cluster;
  cluster.submit(kEndless);
  for (int number : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP}) {
    CAPTURE(number);
    Process& worker = cluster.addWorker();
    cluster.waitForContribution(worker);
    worker.signal(number);
    CHECK(worker.wait() == 0);
    CHECK(cluster.infoOf(worker).is_null());
  }
}

TEST_CASE("the limit on CPU time drains a worker") {
  Cluster cluster;
  std::uint64_t job = cluster.submit(kEndless);

  auto limited = cluster.startShell("ulimit -St 1; exec \"$PI_WORKER\" --threads 1");
  CHECK(limited->wait() == 0);

  CHECK(mentions(limited->err(), "draining"));
  CHECK(countOf("left after computing", limited->err()) == 1);
  std::uint64_t counted = cluster.ask({"status", std::to_string(job)}).at("samples_counted");
  CHECK(counted == computedBy(*limited));
  CHECK(counted > 0);
}

TEST_CASE("a scheduler continues after SIGUSR1 and SIGUSR2, and its limit on CPU time stops it") {
  MidJob midJob;
  auto& [cluster, first, second, samples, job] = midJob;

  cluster.scheduler().signal(SIGUSR1);
  cluster.scheduler().signal(SIGUSR2);
  cluster.scheduler().waitForErr("got SIGUSR1: the scheduler continues");
  cluster.scheduler().waitForErr("got SIGUSR2: the scheduler continues");
  REQUIRE(cluster.stateOf(job) == "running");

  cluster.scheduler().signal(SIGXCPU);
  cluster.scheduler().signal(SIGXCPU);
  CHECK(cluster.scheduler().wait() == 0);
  CHECK(mentions(cluster.scheduler().err(), "limit on CPU time"));
  cluster.restartScheduler();
  CHECK(cluster.resultOf(job).at("hits") == hitsAmong(samples));
}

TEST_CASE("any number of signals does not disturb a scheduler that stops") {
  MidJob midJob;
  auto& [cluster, first, second, samples, job] = midJob;

  while (!cluster.scheduler().hasEnded()) cluster.scheduler().signal(SIGTERM);

  CHECK(cluster.scheduler().wait() == 0);
  CHECK(countOf("got SIGTERM", cluster.scheduler().err()) == 1);
  CHECK(mentions(cluster.scheduler().err(), "stopped"));
  CHECK_FALSE(std::filesystem::exists(cluster.connectionFile()));
  cluster.restartScheduler();
  CHECK(cluster.resultOf(job).at("hits") == hitsAmong(samples));
}

TEST_CASE(
    "a worker whose connection file is none fails at once, and waits for one that is missing") {
  Home home;
  auto file = writePrivate(home, "notes.txt", "buy milk\n");
  Ended wrong = home.runWorker({"--connection-file", file.string()});
  CHECK(wrong.exitCode == 1);
  CHECK(isOneLine(wrong.err));
  CHECK(mentions(wrong.err, file.string()));

  Ended missing = home.runWorker({"--connection-file", "none", "--death-timeout", "0.1s"});
  CHECK(missing.exitCode == 3);
  CHECK(mentions(missing.err, "within the death timeout: the connection file none does not exist"));
}

TEST_CASE("the last line of a worker names the addresses that it has called") {
  Home home;
  Ended ended = home.runWorker({"tcp://127.0.0.1:1", "--insecure", "--death-timeout", "0.1s"});
  CHECK(ended.exitCode == 3);
  std::string last = ended.err.substr(ended.err.rfind("no scheduler was found"));
  CHECK(mentions(last, "no scheduler answers at tcp://127.0.0.1:1 (Connection refused)"));
}

TEST_CASE("a limit on threads is a clear sentence") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("SKIPPED: a sanitizer needs more memory than the limit of this test");
#else
  Home home;
  Ended ended = home.runShell(
      "ulimit -v 300000; exec \"$PI_WORKER\" --device cpu --threads 500 tcp://[::1]:1");
  CHECK(ended.exitCode == 1);
  CHECK(isOneLine(ended.err));
  CHECK(mentions(ended.err, "the system refuses to start 500 compute threads"));
  CHECK(mentions(ended.err, "--threads"));
#endif
}

TEST_CASE("a worker that gets a signal while it starts ends with exit code 0") {
  Cluster cluster;
  auto worker = cluster.startWorker({"--threads", "1"});
  // SIGXCPU is the last signal that the worker handles.  Before exec, the process handles none.
  waitUntil("the worker takes signals", [&] { return catches(*worker, SIGXCPU); });
  worker->signal(SIGINT);
  CHECK(worker->wait() == 0);
  CHECK_FALSE(mentions(worker->err(), "joined"));  // The signal came before the worker joined.
}

TEST_CASE("SIGUSR1 and then SIGTERM, as Slurm sends them, cause one drain") {
  for (bool isDraining : {false, true}) {  // Before the second signal.
    CAPTURE(isDraining);
    MidJob midJob;
    auto& [cluster, first, second, samples, job] = midJob;

    first.signal(SIGUSR1);
    if (isDraining) first.waitForErr("draining");
    first.signal(SIGTERM);
    REQUIRE(cluster.stateOf(job) == "running");

    CHECK(first.wait() == 0);
    CHECK(countOf("draining", first.err()) == 1);
    CHECK(countOf("left after computing", first.err()) == 1);
    CHECK(countOf("drained and left", cluster.scheduler().err()) == 1);
    Json result = cluster.resultOf(job);
    CHECK(result.at("hits") == hitsAmong(samples));
    CHECK(result.at("duplicates_dropped") == 0);
    CHECK(computedBy(first) > 0);
    CHECK(computedBy(first) + cluster.contributedBy(second) == samples);
  }
}

TEST_CASE("SIGTERM twice at once, as Slurm sends it at preemption, causes one drain") {
  MidJob midJob;
  auto& [cluster, first, second, samples, job] = midJob;

  first.signal(SIGTERM);
  first.waitForErr("draining");
  first.signal(SIGTERM);
  REQUIRE(cluster.stateOf(job) == "running");

  CHECK(first.wait() == 0);
  Json result = cluster.resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("duplicates_dropped") == 0);
  CHECK(computedBy(first) + cluster.contributedBy(second) == samples);
}

TEST_CASE("however many signals a draining worker gets, it ends with exit code 0") {
  Cluster cluster;
  cluster.submit(kEndless);
  for (int attempt = 0; attempt < 5; ++attempt) {
    Process& worker = cluster.addWorker();
    cluster.waitForContribution(worker);
    worker.signal(SIGTERM);
    worker.waitForErr("draining");
    while (!worker.hasEnded()) {
      worker.signal(SIGXCPU);
      std::this_thread::sleep_for(100us);  // A flood of signals would starve the worker.
    }
    CHECK(worker.wait() == 0);
  }
}

TEST_CASE("the leases of a suspended worker are lent again, and it may continue later") {
  MidJob midJob({"--silence-timeout", "1s"});
  auto& [cluster, first, second, samples, job] = midJob;
  cluster.waitForContribution(second);

  first.signal(SIGSTOP);
  REQUIRE(cluster.stateOf(job) == "running");

  Json result = cluster.resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));

  std::uint64_t before = cluster.contributedBy(first);
  first.signal(SIGCONT);
  Json next = cluster.ask({"run", std::to_string(samples), "--seed", "1"});
  CHECK(next.at("hits") == hitsAmong(samples, {.seed = 1}));
  CHECK(cluster.contributedBy(first) > before);
  CHECK(cluster.resultOf(job).at("hits") == result.at("hits"));
}

TEST_CASE("a scheduler that was suspended does not expire live workers") {
  constexpr auto kSilence = 500ms;
  MidJob midJob({"--silence-timeout", "0.5s"});
  auto& [cluster, first, second, samples, job] = midJob;
  cluster.waitForContribution(second);

  cluster.scheduler().signal(SIGSTOP);
  auto begin = std::chrono::steady_clock::now();
  waitUntil("three times the timeout has passed",
            [&] { return std::chrono::steady_clock::now() - begin > 3 * kSilence; });
  cluster.scheduler().signal(SIGCONT);

  Json result = cluster.resultOf(job);
  CHECK(result.at("hits") == hitsAmong(samples));
  CHECK(result.at("duplicates_dropped") == 0);
  first.signal(SIGTERM);
  second.signal(SIGTERM);
  CHECK(first.wait() == 0);
  CHECK(second.wait() == 0);
  CHECK(computedBy(first) + computedBy(second) == samples);
}

TEST_CASE("a worker whose scheduler was killed joins the next one at the same port") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  cluster.submit(kEndless);
  cluster.waitForContribution(worker);

  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler();

  Json result = cluster.ask({"run", "1e8"});
  CHECK(result.at("hits") == hitsAmong(100'000'000));
  CHECK_FALSE(worker.hasEnded());
  CHECK(cluster.contributedBy(worker) >= 100'000'000);  // The old job also continues.
}

TEST_CASE("garbage on the port closes its connection and no other") {
  Cluster cluster;
  cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(1s);
  std::uint64_t job = cluster.submit(samples);

  CHECK(isClosedAfter(cluster.port(), "GET / HTTP/1.1\r\nHost: pi\r\n\r\n"));
  CHECK(isClosedAfter(cluster.port(), std::string(4096, '\xff')));
  CHECK(isClosedAfter(cluster.port(), std::string("\0\0\0\0\xff\xff\xff\x7f", 8)));
  std::string noise;
  for (std::uint32_t state = 1; noise.size() < 10'000; state = state * 1'664'525 + 1'013'904'223) {
    noise.push_back(static_cast<char>(state >> 24));
  }
  CHECK(isClosedAfter(cluster.port(), noise));

  cluster.scheduler().waitForErr("refused 127.0.0.1:");
  CHECK(cluster.resultOf(job).at("hits") == hitsAmong(samples));
  CHECK_FALSE(cluster.scheduler().hasEnded());
}

TEST_CASE("a job continues after its client was killed") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  auto client = cluster.startClient({"run", std::to_string(kEndless)});
  cluster.waitForContribution(worker);

  client->signal(SIGKILL);

  CHECK(client->wait() == 128 + SIGKILL);
  std::uint64_t before = cluster.contributedBy(worker);
  waitUntil("the job continues", [&] { return cluster.contributedBy(worker) > before; });
  CHECK(cluster.ask({"status", "last"}).at("state") == "running");
  CHECK(cluster.runClient({"cancel", "last"}).exitCode == 0);
}

}  // namespace pi::cluster
