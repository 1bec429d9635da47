// Calls that our programs never make, and how the scheduler answers them.
#include <doctest/doctest.h>

#include <csignal>
#include <utility>

#include "common/model/version.h"
#include "common/wire/wire.h"
#include "tests/cluster/caller.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/raw_peer.h"
#include "worker/kernels/kernel.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

// The answer of a gate to a peer: its refusal, if there is one, and whether it opens a desk.
struct Answer {
  wire::Refusal::Code code{};
  std::string sentence;
  bool opensDesk = false;
};

template <typename Response>
Answer answerOf(const Response& response) {
  return {.code = response.getRefusal().getCode(),
          .sentence = response.getRefusal().getSentence().cStr(),
          .opensDesk = response.hasDesk()};
}

void introduce(wire::Peer::Builder peer, std::uint32_t protocol, std::uint32_t stream) {
  net::introduce(peer);
  peer.setProtocolVersion(protocol);
  peer.setStreamVersion(stream);
}

Answer enterAsWorker(Cluster& cluster, std::uint32_t protocol, std::uint32_t stream) {
  net::KjLoop loop;
  net::Connection connection(callAs(loop, Role::kWorker, cluster.connectionFile()));
  auto request = connection.bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
  introduce(request.initPeer(), protocol, stream);
  return answerOf(request.send().wait(loop.waitScope()));
}

Answer enterAsClient(Cluster& cluster, std::uint32_t protocol, std::uint32_t stream) {
  net::KjLoop loop;
  net::Connection connection(callAs(loop, Role::kClient, cluster.connectionFile()));
  auto request = connection.bootstrap().castAs<wire::ClientGate>().enterAsClientRequest();
  introduce(request.initPeer(), protocol, stream);
  auto response = request.send().wait(loop.waitScope());
  CHECK(response.getScheduler().getProtocolVersion() == protocolVersion());
  return answerOf(response);
}

void checkRefused(const Answer& answer, const std::string& part) {
  CAPTURE(answer.sentence);
  CHECK(answer.code == wire::Refusal::Code::VERSION_MISMATCH);
  CHECK(mentions(answer.sentence, part));
  CHECK(mentions(answer.sentence, "use programs of the same release"));
  CHECK_FALSE(answer.opensDesk);
}

// A correct tally, unless the lease is forged.
LeaseTally tallyOf(const Lease& lease, SampleRange range, std::uint64_t sequence) {
  return {.lease = lease.id,
          .job = lease.job,
          .tally = {.range = range, .hits = kernels::best().hitsIn(lease.stream, range)},
          .busy = std::chrono::milliseconds(1),
          .sequence = sequence};
}

WorkerByHand::Hello helloWith(const std::string& identity, const Lease& lease) {
  SampleRange first{.begin = lease.range.begin, .end = lease.range.begin + lease.range.size() / 2};
  SampleRange rest{.begin = first.end, .end = lease.range.end};
  return {.identity = identity,
          .lent = {lease},
          .held = {{.lease = lease.id, .range = rest}},
          .done = {tallyOf(lease, first, 1)}};
}

struct Forgery {
  std::string what;
  Lease lease;
};

// Forgeries of a lease that was lent with a ticket.  `other` is another job with the same spec.
std::vector<Forgery> forgeriesOf(const Lease& genuine, JobId other) {
  std::vector<Forgery> all;
  auto add = [&all, &genuine](const char* what) -> Lease& {
    return all.emplace_back(Forgery{what, genuine}).lease;
  };
  add("a longer range").range.end += kBlockSamples;
  add("a shorter range").range.end -= kBlockSamples;
  add("a range elsewhere") = [&genuine] {
    Lease moved = genuine;
    moved.range = {.begin = genuine.range.end, .end = genuine.range.end + genuine.range.size()};
    return moved;
  }();
  add("another job").job = other;
  add("another id").id = LeaseId{number(genuine.id) + 1};
  add("another seed").stream.seed += 1;
  add("another sampler").stream.sampler = Sampler::kSobol;
  add("no ticket").ticket = {};
  for (std::size_t i = 0; i < genuine.ticket.size(); ++i) {
    add("another ticket").ticket.at(i) ^= 1;
  }
  return all;
}

std::uint64_t countedOf(Cluster& cluster, JobId job) {
  return cluster.ask({"status", std::to_string(number(job))}).at("samples_counted");
}

}  // namespace

TEST_CASE("a peer with another protocol version is refused at the gate, with the reason") {
  Cluster cluster;
  std::uint32_t ours = protocolVersion();

  for (std::uint32_t theirs : {ours - 1, ours + 1, ~std::uint32_t{0}}) {
    CAPTURE(theirs);
    std::string sentence = "the scheduler speaks protocol version " + std::to_string(ours) +
                           " and you speak " + std::to_string(theirs);
    checkRefused(enterAsWorker(cluster, theirs, kStreamVersion), sentence);
    checkRefused(enterAsClient(cluster, theirs, kStreamVersion), sentence);
  }

  CHECK(enterAsWorker(cluster, ours, kStreamVersion).opensDesk);
  CHECK(enterAsClient(cluster, ours, kStreamVersion).opensDesk);
}

TEST_CASE("a worker with another stream version is refused at the gate, with the reason") {
  Cluster cluster;

  for (std::uint32_t theirs : {kStreamVersion - 1, kStreamVersion + 1}) {
    CAPTURE(theirs);
    checkRefused(enterAsWorker(cluster, protocolVersion(), theirs),
                 "the scheduler's streams have version " + std::to_string(kStreamVersion) +
                     " and yours " + std::to_string(theirs) +
                     ": they would not be the same samples");
    CHECK(enterAsClient(cluster, protocolVersion(), theirs)
              .opensDesk);  // A client computes no samples.
  }
  CHECK(cluster.ask({"workers"}).at("workers").empty());
}

TEST_CASE("a short silence timeout shortens the heartbeat, so that no worker seems silent") {
  for (const auto& row : {std::pair{"1s", 200ms}, {"15s", 1000ms}}) {
    auto timeout = row.first;
    CAPTURE(timeout);
    Cluster cluster({"--silence-timeout", timeout});
    net::KjLoop loop;
    WorkerByHand worker(loop, cluster);
    Duration heartbeat = worker.join({}).heartbeat;
    CHECK(heartbeat > Duration::zero());
    CHECK(heartbeat <= row.second);
  }
}

TEST_CASE("nothing is counted of a lease with a forged ticket, and the worker must forget it") {
  Cluster cluster;
  net::KjLoop loop;
  cluster.submit(kEndless);
  std::string identity;
  Lease genuine;
  {
    WorkerByHand worker(loop, cluster);
    identity = worker.join({}).identity;
    genuine = worker.askForWork().at(0);
  }
  REQUIRE(genuine.range.size() >= 2 * kBlockSamples);
  JobId job = genuine.job;
  JobId other{cluster.submit(kEndless)};
  REQUIRE(other != job);
  // The next scheduler has lent nothing yet: it can only check the tickets.
  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler();

  std::uint64_t lastJoin = 0;
  for (const Forgery& forgery : forgeriesOf(genuine, other)) {
    CAPTURE(forgery.what);
    WorkerByHand worker(loop, cluster);
    WorkerByHand::Hello hello = helloWith(identity, forgery.lease);
    hello.lastJoin = lastJoin;
    WorkerByHand::Welcome welcome = worker.join(hello);
    lastJoin = welcome.join;
    CHECK(welcome.refusal.empty());
    CHECK(welcome.identity == identity);
    CHECK(welcome.forget == std::vector{forgery.lease.id});
    worker.report(hello.done);  // A second report is not counted either.
    CHECK(countedOf(cluster, job) == 0);
    CHECK(countedOf(cluster, other) == 0);
  }
  {  // The lease was lent to another worker.
    WorkerByHand worker(loop, cluster);
    std::string thief = worker.join({}).identity;
    REQUIRE(thief != identity);
    WorkerByHand again(loop, cluster);
    CHECK(again.join(helloWith(thief, genuine)).forget == std::vector{genuine.id});
    CHECK(countedOf(cluster, job) == 0);
  }

  WorkerByHand worker(loop, cluster);
  WorkerByHand::Hello hello = helloWith(identity, genuine);
  hello.lastJoin = lastJoin;
  CHECK(worker.join(hello).forget.empty());
  CHECK(countedOf(cluster, job) == hello.done[0].tally.range.size());
  worker.report({tallyOf(genuine, hello.held[0].range, 2)});
  CHECK(countedOf(cluster, job) == genuine.range.size());
  CHECK(countedOf(cluster, other) == 0);
}

TEST_CASE("the same request id is the same job, also after the scheduler was killed") {
  Cluster cluster;
  net::KjLoop loop;
  auto submit = [&](const std::string& requestId) {
    net::ClientLink link = callAsClient(loop, cluster);
    auto request = link.desk.submitRequest();
    toWire(JobSpec{.samples = 1'000'000, .chunkSize = 1'000'000}, request.initSpec());
    request.setRequestId(kj::StringPtr(requestId.c_str(), requestId.size()).asBytes());
    auto answer = request.send().wait(loop.waitScope());
    REQUIRE_FALSE(answer.hasRefusal());
    return answer.getId();
  };
  std::uint64_t job = submit("one");
  REQUIRE(submit("one") == job);
  std::uint64_t other = submit("two");
  REQUIRE(other != job);

  cluster.scheduler().signal(SIGKILL);  // Only answered submissions are surely kept.
  cluster.restartScheduler();

  CHECK(submit("one") == job);
  CHECK(submit("two") == other);
  CHECK(submit("three") > other);
  CHECK(cluster.ask({"list"}).at("jobs").size() == 3);

  cluster.addWorker();
  Json result = cluster.resultOf(job);
  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler();
  CHECK(submit("one") == job);  // A finished job is not computed again.
  CHECK(cluster.resultOf(job) == result);
  CHECK(cluster.ask({"list"}).at("jobs").size() == 3);
}

TEST_CASE("a worker with three false reports is quarantined, with the reason, and kept out") {
  const std::string reason = "it sent 3 invalid reports; the last one: its numbers are impossible";
  Cluster cluster;
  net::KjLoop loop;
  std::uint64_t samples = 100'000'000;
  std::uint64_t job = cluster.submit(samples);
  WorkerByHand liar(loop, cluster);
  std::string identity = liar.join({}).identity;
  Lease lease = liar.askForWork().at(0);
  auto infoOfLiar = [&cluster]() -> Json { return cluster.ask({"workers"}).at("workers").at(0); };

  for (std::uint64_t strike = 1; strike <= 3; ++strike) {
    CHECK(infoOfLiar().at("state") == "active");
    CHECK(infoOfLiar().at("reason") == "");
    LeaseTally lie = tallyOf(lease, lease.range, strike);
    lie.tally.hits.strata[0] = lease.range.size() + 1;
    liar.report({lie});
  }

  CHECK(infoOfLiar().at("state") == "quarantined");
  CHECK(infoOfLiar().at("reason") == reason);
  CHECK(infoOfLiar().at("leases") == 0);
  std::string shown = cluster.runClient({"workers"}).out;
  auto id = infoOfLiar().at("worker_text").get<std::string>();
  CHECK(mentions(shown, "worker " + id + " is quarantined: " + reason + "\n"));
  cluster.scheduler().waitForErr("worker " + id + " is quarantined: " + reason);

  CHECK_THROWS_AS(liar.report({tallyOf(lease, lease.range, 4)}), kj::Exception);
  WorkerByHand again(loop, cluster);
  CHECK(again.join({.identity = identity}).refusal ==
        "this worker is quarantined: " + reason + "; check its node, then start a new one");
  CHECK_THROWS_AS(again.join({.identity = identity}), kj::Exception);  // Once a connection.
  CHECK_THROWS_AS(again.join({}), kj::Exception);

  cluster.addWorker();
  CHECK(cluster.resultOf(job).at("hits") == hitsAmong(samples));
}

}  // namespace pi::cluster
