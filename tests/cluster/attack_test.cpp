// Attacks a scheduler with strangers, clients and workers at once, while it runs a job.
#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>

#include "common/net/rpc/client_link.h"
#include "common/net/rpc/connection.h"
#include "common/wire/wire.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/raw_peer.h"
#include "tests/cluster/strangers.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::uint64_t kViolators = 100;
constexpr std::size_t kUnfinishedJobsMax = 10'000;
constexpr std::size_t kNonReaders = 3;
// The memory that the attacks may cost the scheduler.  For a peer that does not read it buffers 64
// MiB, and twice that while the buffer grows.  It also holds six messages of 8 MiB, and 4 KiB for
// each job.
constexpr std::uint64_t kGrowthMax =
    kMebibyte * (kNonReaders * 2 * 64 + std::uint64_t{6} * 8) + kUnfinishedJobsMax * 4096;

// Attacks a cluster's scheduler, and keeps all its connections open until dropAll().
struct Attacker {
  explicit Attacker(Cluster& attacked) : cluster(attacked) {}

  kj::Own<net::MessageSocket> callAs(Role role) {
    return cluster::callAs(loop, role, cluster.connectionFile());
  }
  RawPeer& rawPeer(Role role) {
    return *peers.emplace_back(std::make_unique<RawPeer>(loop, callAs(role)));
  }
  net::Connection& connection(Role role) {
    return *connections.emplace_back(kj::heap<net::Connection>(callAs(role)));
  }
  void dropAll() {
    strangers.sockets.clear();
    silentPeers.clear();
    peers.clear();
    connections.clear();
  }
  kj::WaitScope& scope() { return loop.waitScope(); }

  Cluster& cluster;
  net::KjLoop loop;
  Crowd strangers{loop, cluster.port()};
  std::vector<kj::Own<net::MessageSocket>> silentPeers{};
  std::vector<std::unique_ptr<RawPeer>> peers{};
  std::vector<kj::Own<net::Connection>> connections{};
};

// Sends complete first messages.  The scheduler must sign an answer to each: that is the most
// expensive thing that a peer without a key can make it do.
void floodWithHellos(Attacker& attacker, const std::string& hello) {
  std::size_t answered = 0;
  for (int wave = 0; wave < 10; ++wave) {
    for (int i = 0; i < 100; ++i) attacker.strangers.send(hello);
    answered += attacker.strangers.takeAnswers();
  }
  CHECK(answered == 1000);
}

// Opens connections without a key, and sends parts of a handshake and garbage.
void sendBrokenHandshakes(Attacker& attacker, const std::string& hello) {
  for (std::size_t i = 0; i < 300; ++i) {
    attacker.strangers.connect();
    attacker.strangers.send(hello.substr(0, i % hello.size() + 1));
    attacker.strangers.send(std::string(i * 100, '\xff'));
  }
}

// Sends messages at and beyond the size limit.
void sendHugeMessages(Attacker& attacker) {
  for (Role role : {Role::kClient, Role::kWorker}) {
    for (std::size_t words : {std::size_t{1} << 20, std::size_t{2} << 20, std::size_t{4} << 20}) {
      CAPTURE(words);
      RawPeer& peer = attacker.rawPeer(role);
      peer.sendZeros(words);
      peer.lastWords();  // Returns when the scheduler closes the connection.
    }
  }
}

// Sends a message that nests 10,000 levels deep.
void nestDeeply(Attacker& attacker) {
  capnp::MallocMessageBuilder message;
  auto inner = message.initRoot<capnp::rpc::Message>();
  for (int depth = 0; depth < 10'000; ++depth) inner = inner.initUnimplemented();
  RawPeer& peer = attacker.rawPeer(Role::kClient);
  peer.send(message);
  CHECK(peer.lastWords() != "");
}

// Connects with a key and then sends nothing.
void stayIdle(Attacker& attacker) {
  for (int i = 0; i < 50; ++i) attacker.silentPeers.push_back(attacker.callAs(Role::kClient));
  for (int i = 0; i < 50; ++i) attacker.rawPeer(i % 2 == 0 ? Role::kClient : Role::kWorker);
}

// Makes more calls at a time than allowed; each waits for the end of an endless job.
void callWithoutEnd(Attacker& attacker, std::uint64_t job) {
  for (int i = 0; i < 10; ++i) {
    RawPeer& peer = attacker.rawPeer(Role::kClient);
    std::uint32_t desk = peer.enterAsClient();
    std::uint32_t opened = peer.call(desk, capnp::typeId<wire::ClientDesk>(), 1,
                                     [job](capnp::AnyPointer::Builder params) {
                                       params.initAs<wire::ClientDesk::OpenParams>().setId(job);
                                     });
    for (int call = 0; call < 5'000; ++call) peer.call(opened, capnp::typeId<wire::Job>(), 2);
    CHECK(mentions(peer.lastWords(), "calls at a time"));
  }
}

// Submits jobs until the scheduler refuses one.  Returns the number that it accepted.
std::size_t submitWithoutEnd(Attacker& attacker) {
  RawPeer& peer = attacker.rawPeer(Role::kClient);
  std::uint32_t desk = peer.enterAsClient();
  std::size_t accepted = 0;
  constexpr std::size_t kBatch = 500;
  for (bool isRefused = false; !isRefused;) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      peer.call(desk, capnp::typeId<wire::ClientDesk>(), 0, [](capnp::AnyPointer::Builder params) {
        auto spec = params.initAs<wire::ClientDesk::SubmitParams>().initSpec();
        spec.setSamples(kEndless);
        spec.setChunkSize(1);
        spec.setPriority(-10);
      });
    }
    for (std::size_t answers = 0; answers < kBatch;) {
      auto read = peer.next();
      auto message = KJ_ASSERT_NONNULL(read)->getRoot<capnp::rpc::Message>();
      if (!message.isReturn() || message.getReturn().getAnswerId() <= desk) continue;
      ++answers;
      auto answer = message.getReturn();
      peer.finish(answer.getAnswerId());
      REQUIRE(answer.isResults());
      auto submitted =
          answer.getResults().getContent().getAs<wire::ClientDesk::SubmitResults>().getId();
      if (submitted == 0) {
        isRefused = true;
      } else {
        ++accepted;
      }
    }
  }
  return accepted;
}

// Requests long lists and does not read the answers.
void askWithoutReading(Attacker& attacker) {
  for (std::size_t i = 0; i < kNonReaders; ++i) {
    RawPeer& peer = attacker.rawPeer(Role::kClient);
    std::uint32_t desk = peer.enterAsClient();
    for (int call = 0; call < 500; ++call) {
      peer.call(desk, capnp::typeId<wire::ClientDesk>(), 2);
    }
  }
  waitUntil("a peer that does not read is cut off", [&attacker] {
    attacker.scope().poll();
    return mentions(attacker.cluster.scheduler().err(), "which does not read what it is sent");
  });
}

// Never acknowledges an update.
class Watcher final : public wire::Watcher::Server {
  kj::Promise<void> update(UpdateContext) override { return kj::NEVER_DONE; }
};

// Starts more watches than a client may have.
void watchWithoutEnd(Attacker& attacker, std::uint64_t job) {
  constexpr std::size_t kWatches = 500;
  net::Connection& connection = attacker.connection(Role::kClient);
  auto enter = connection.bootstrap().castAs<wire::ClientGate>().enterAsClientRequest();
  net::introduce(enter.initPeer());
  auto desk = enter.send().wait(attacker.scope()).getDesk();
  auto open = desk.openRequest();
  open.setId(job);
  auto opened = open.send().wait(attacker.scope()).getJob();
  std::vector<wire::Subscription::Client> subscriptions;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < kWatches; ++i) {
    auto watch = opened.watchRequest();
    watch.setWatcher(kj::heap<Watcher>());
    auto failure = kj::runCatchingExceptions(
        [&] { subscriptions.push_back(watch.send().wait(attacker.scope()).getSubscription()); });
    if (failure != nullptr) ++refused;
  }
  CHECK(subscriptions.size() == 64);
  CHECK(refused == kWatches - 64);
}

wire::WorkerDesk::Client workerDesk(Attacker& attacker) {
  net::Connection& connection = attacker.connection(Role::kWorker);
  auto enter = connection.bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
  net::introduce(enter.initPeer());
  return enter.send().wait(attacker.scope()).getDesk();
}

auto joinRequest(wire::WorkerDesk::Client& desk, const std::string& name) {
  auto request = desk.joinRequest();
  auto profile = request.initHello().initProfile();
  profile.setName(name);
  profile.setThreads(1'000'000);
  profile.setSamplesPerSecond(~std::uint64_t{0});
  return request;
}

// A sanitizer slows the scheduler and the attackers, but not the kernels.  It also needs memory.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSanitized = true;
constexpr auto kJobTime = 75s;
#else
constexpr bool kIsSanitized = false;
constexpr auto kJobTime = 20s;  // Several times the time of a round of attacks.
#endif

// The job whose result the attackers try to change.
struct Target {
  std::uint64_t job = 0;
  std::uint64_t samples = 0;
};

// Fills in a tally that a correct worker never reports.  There are three kinds.
void makeViolation(wire::Tally::Builder tally, const Target& target, std::uint64_t number) {
  tally.setLease(~std::uint64_t{0} >> 1);  // A lease that was never lent.
  tally.setJob(target.job);
  tally.setSequence(number + 1);
  bool isBeyondJob = number % 3 == 1;
  tally.initRange().setBegin(isBeyondJob ? target.samples : 0);
  tally.getRange().setEnd(isBeyondJob ? target.samples + 10 : 4096);
  tally.initHits(1).set(0, number % 3 == 2 ? 1 << 20 : 0);
}

// Guesses the id of another worker's lease: the ids of a scheduler rise from its first.
void guessLease(wire::Tally::Builder tally, const Target& target, std::uint64_t number) {
  tally.setLease((number % 2 << 44) + number);
  tally.setJob(target.job);
  tally.setSequence(1);
  tally.initRange().setBegin(number << 12);
  tally.getRange().setEnd((number + 1) << 12);
}

// Reports violations from many workers.  Each worker is quarantined at its third.
void reportViolations(Attacker& attacker, const Target& target) {
  std::size_t answered = 0;
  for (std::uint64_t i = 0; i < kViolators; ++i) {
    auto desk = workerDesk(attacker);
    auto session = joinRequest(desk, "violator").send().wait(attacker.scope()).getSession();
    for (std::uint64_t number = 0; number < 8; ++number) {
      auto report = session.heartbeatRequest();
      makeViolation(report.initDone(1)[0], target, number);
      if (kj::runCatchingExceptions([&] { report.send().wait(attacker.scope()); }) == nullptr) {
        ++answered;
      }
    }
    auto other = workerDesk(attacker);
    auto guesser = joinRequest(other, "guesser").send().wait(attacker.scope()).getSession();
    auto report = guesser.heartbeatRequest();
    guessLease(report.initDone(1)[0], target, i);
    report.send().wait(attacker.scope());
  }
  CHECK(answered == 3 * kViolators);
}

std::size_t violatorsInQuarantine(Cluster& cluster) {
  const Json answer = cluster.ask({"workers"});
  return static_cast<std::size_t>(std::ranges::count_if(answer.at("workers"), [](const Json& each) {
    return each.at("name") == "violator" && each.at("state") == "quarantined";
  }));
}

// Joins with a huge name, joins often on one connection, and joins as many workers.
void joinWithoutEnd(Attacker& attacker) {
  auto refused = workerDesk(attacker);
  CHECK_THROWS(
      joinRequest(refused, std::string(kMebibyte, 'x')).send().wait(attacker.scope()).getSession());
  auto desk = workerDesk(attacker);
  auto session = joinRequest(desk, "often").send().wait(attacker.scope()).getSession();
  for (int i = 0; i < 1000; ++i) {
    CHECK_THROWS(joinRequest(desk, "often").send().wait(attacker.scope()).getSession());
  }
  for (int i = 0; i < 300; ++i) {
    auto next = workerDesk(attacker);
    joinRequest(next, "many").send().wait(attacker.scope());
    if (i % 2 == 0) attacker.connections.pop_back();
  }
}

void attackOnce(Attacker& attacker, const Target& target, std::uint64_t endless) {
  const std::string hello = helloWith("X25519");
  floodWithHellos(attacker, hello);
  sendBrokenHandshakes(attacker, hello);
  stayIdle(attacker);
  sendHugeMessages(attacker);
  nestDeeply(attacker);
  callWithoutEnd(attacker, endless);
  watchWithoutEnd(attacker, endless);
  reportViolations(attacker, target);
  joinWithoutEnd(attacker);
}

}  // namespace

TEST_CASE("a job gets its exact result while strangers, clients and workers attack its scheduler") {
  Cluster cluster;
  cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(kJobTime);
  std::uint64_t before = cluster.scheduler().peakBytes();
  std::uint64_t endless = cluster.submit(kEndless, {"--priority", "-10"});
  std::uint64_t job = cluster.submit(samples, {"--seed", "1", "--priority", "10"});
  auto client = cluster.startClient({"wait", std::to_string(job), "--json"});
  Attacker attacker(cluster);
  RawPeer idlePeer(attacker.loop, attacker.callAs(Role::kClient));
  attackOnce(attacker, {.job = job, .samples = samples}, endless);
  CHECK(violatorsInQuarantine(cluster) == kViolators);
  CHECK(submitWithoutEnd(attacker) == kUnfinishedJobsMax - 2);
  askWithoutReading(attacker);
  // The job ran during the whole attack.  Repeat the attack until a fast worker has finished it.
  CHECK(cluster.stateOf(job) == "running");
  cluster.addWorker();
  std::uint64_t rounds = 1;
  while (!client->hasEnded()) {
    attacker.dropAll();
    attackOnce(attacker, {.job = endless, .samples = kEndless}, endless);
    ++rounds;
  }

  REQUIRE(client->wait() == 0);
  Json result = Json::parse(client->out());
  CHECK(idlePeer.lastWords().empty());  // The scheduler has closed its connection.
  CHECK(result.at("state") == "finished");
  CHECK(result.at("hits") == hitsAmong(samples, {.seed = 1}));
  CHECK_FALSE(cluster.scheduler().hasEnded());
  std::uint64_t peak = cluster.scheduler().peakBytes();
  if (!kIsSanitized) CHECK(peak < before + kGrowthMax);
  CHECK(checkedReport(cluster).begun >= rounds * 1300);
  MESSAGE(rounds << " rounds of attacks; the scheduler's memory was " << before / kMebibyte
                 << " MiB before, and " << peak / kMebibyte << " MiB at its peak");
}

}  // namespace pi::cluster
