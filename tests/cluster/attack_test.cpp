#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <fstream>

#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/rpc/client_link.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/listener.h"
#include "common/wire/wire.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/raw_peer.h"

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;
using Tcp = asio::ip::tcp;

constexpr std::uint64_t kMebibyte = 1 << 20;
constexpr std::uint64_t kLiars = 100;
constexpr std::size_t kJobsMax = 10'000;  // Unfinished ones.
constexpr std::size_t kDeafPeers = 3;
// Each of those who do not read may have 64 MiB, in a buffer that is copied when it grows; besides
// them there are six messages of 8 MiB, and 4 KiB for each job.
constexpr std::uint64_t kGrowthMax =
    kMebibyte * (kDeafPeers * 2 * 64 + std::uint64_t{6} * 8) + kJobsMax * 4096;

// The most that a process has had in memory, in bytes.
std::uint64_t peakBytes(const Process& process) {
  std::ifstream status("/proc/" + std::to_string(process.pid()) + "/status");
  for (std::string word; status >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes << 10;
  }
  throw std::runtime_error("no VmHWM");
}

// Somebody who attacks a cluster's scheduler, and keeps whatever he gets hold of.
struct Attacker {
  explicit Attacker(Cluster& attacked) : cluster(attacked) { net::raiseOpenFilesLimit(); }

  Tcp::socket& connect() {
    Tcp::socket& socket = sockets.emplace_back(loop.io());
    socket.connect(Tcp::endpoint(asio::ip::address_v4::loopback(), cluster.port()));
    return socket;
  }
  // As the text says it; one who was hung up on is not told.
  void shout(const std::string& text) {
    std::error_code ignored;
    asio::write(connect(), asio::buffer(text), ignored);
  }
  kj::Own<net::MessageSocket> callAs(Role role) {
    return cluster::callAs(loop, role, cluster.connectionFile());
  }
  RawPeer& rawPeer(Role role) {
    return *peers.emplace_back(std::make_unique<RawPeer>(loop, callAs(role)));
  }
  net::Connection& connection(Role role) {
    return *connections.emplace_back(kj::heap<net::Connection>(callAs(role)));
  }
  void letGo() {
    sockets.clear();
    silent.clear();
    peers.clear();
    connections.clear();
  }
  kj::WaitScope& scope() { return loop.waitScope(); }

  Cluster& cluster;
  net::KjLoop loop;
  std::vector<Tcp::socket> sockets{};
  std::vector<kj::Own<net::MessageSocket>> silent{};
  std::vector<std::unique_ptr<RawPeer>> peers{};
  std::vector<kj::Own<net::Connection>> connections{};
};

// The first bytes of an honest handshake.
std::string helloOf(const Cluster& cluster) {
  auto file = net::readConnectionFile(cluster.connectionFile());
  net::TlsSession session(net::credentialsFor(Role::kWorker, {}, file).tls);
  session.shake();
  std::vector<std::byte> bytes;
  session.takeOutput(bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Whole ones, for each of which the scheduler has to sign: that is the most that it does for
// nobody.
void floodWithHellos(Attacker& attacker) {
  std::string hello = helloOf(attacker.cluster);
  std::size_t answered = 0;
  for (int wave = 0; wave < 10; ++wave) {
    attacker.sockets.clear();
    for (int i = 0; i < 100; ++i) attacker.shout(hello);
    for (Tcp::socket& socket : attacker.sockets) {
      char byte = 0;
      std::error_code ignored;
      answered += socket.read_some(asio::buffer(&byte, 1), ignored);
    }
  }
  CHECK(answered == 1000);
}

// Without any key.
void crowdTheDoor(Attacker& attacker) {
  std::string hello = helloOf(attacker.cluster);
  for (std::size_t i = 0; i < 300; ++i) {
    attacker.connect();
    attacker.shout(hello.substr(0, i % hello.size() + 1));
    attacker.shout(std::string(i * 100, '\xff'));
  }
}

void sendGiants(Attacker& attacker) {
  for (Role role : {Role::kClient, Role::kWorker}) {
    for (std::size_t words : {std::size_t{1} << 20, std::size_t{2} << 20, std::size_t{4} << 20}) {
      CAPTURE(words);
      RawPeer& peer = attacker.rawPeer(role);
      peer.sendZeros(words);
      peer.lastWords();  // Comes to an end: it is hung up on.
    }
  }
}

// A message in a message in a message.
void nestDeeply(Attacker& attacker) {
  capnp::MallocMessageBuilder message;
  auto inner = message.initRoot<capnp::rpc::Message>();
  for (int depth = 0; depth < 10'000; ++depth) inner = inner.initUnimplemented();
  RawPeer& peer = attacker.rawPeer(Role::kClient);
  peer.send(message);
  CHECK(peer.lastWords() != "");
}

// Shows its key, and says nothing more, or no more than half.
void sitSilently(Attacker& attacker) {
  for (int i = 0; i < 50; ++i) attacker.silent.push_back(attacker.callAs(Role::kClient));
  for (int i = 0; i < 50; ++i) attacker.rawPeer(i % 2 == 0 ? Role::kClient : Role::kWorker);
}

// Calls that wait for what will not come.
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

// Submits until the scheduler will have no more; how many it took.
std::size_t submitWithoutEnd(Attacker& attacker) {
  RawPeer& peer = attacker.rawPeer(Role::kClient);
  std::uint32_t desk = peer.enterAsClient();
  std::size_t accepted = 0;
  constexpr std::size_t kAtATime = 500;
  for (bool isRefused = false; !isRefused;) {
    for (std::size_t i = 0; i < kAtATime; ++i) {
      peer.call(desk, capnp::typeId<wire::ClientDesk>(), 0, [](capnp::AnyPointer::Builder params) {
        auto spec = params.initAs<wire::ClientDesk::SubmitParams>().initSpec();
        spec.setSamples(kEndless);
        spec.setChunkSize(1);
        spec.setPriority(-10);
      });
    }
    for (std::size_t answers = 0; answers < kAtATime;) {
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

// Asks for long lists and reads none of them.
void askWithoutReading(Attacker& attacker) {
  for (std::size_t i = 0; i < kDeafPeers; ++i) {
    RawPeer& peer = attacker.rawPeer(Role::kClient);
    std::uint32_t desk = peer.enterAsClient();
    for (int call = 0; call < 500; ++call) {
      peer.call(desk, capnp::typeId<wire::ClientDesk>(), 2);
    }
  }
  waitUntil("one is cut off who does not read", [&attacker] {
    attacker.scope().poll();
    return mentions(attacker.cluster.scheduler().err(), "which does not read what it is sent");
  });
}

class Watcher final : public wire::Watcher::Server {
  kj::Promise<void> update(UpdateContext) override { return kj::NEVER_DONE; }
};

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

// A sanitizer slows the scheduler and its attackers down, and not the kernel; and it keeps memory.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsSanitized = true;
constexpr auto kJobTime = 30s;
#else
constexpr bool kIsSanitized = false;
constexpr auto kJobTime = 9s;  // Twice as long as a round of attacks.
#endif

// A job, and how large it is.
struct Target {
  std::uint64_t job = 0;
  std::uint64_t samples = 0;
};

// What no honest worker reports, in three ways.
void sayWhatCannotBe(wire::Tally::Builder tally, const Target& target, std::uint64_t way) {
  tally.setLease(~std::uint64_t{0} >> 1);  // That was never lent.
  tally.setJob(target.job);
  tally.setSequence(way + 1);
  bool isBeyond = way % 3 == 1;
  tally.initRange().setBegin(isBeyond ? target.samples : 0);
  tally.getRange().setEnd(isBeyond ? target.samples + 10 : 4096);
  tally.initHits(1).set(0, way % 3 == 2 ? 1 << 20 : 0);
}

// Perhaps of a lease that somebody holds: they count up from the scheduler's first.
void guess(wire::Tally::Builder tally, const Target& target, std::uint64_t number) {
  tally.setLease((number % 2 << 44) + number);
  tally.setJob(target.job);
  tally.setSequence(1);
  tally.initRange().setBegin(number << 12);
  tally.getRange().setEnd((number + 1) << 12);
}

// Each is listened to until it is caught for the third time.
void lie(Attacker& attacker, const Target& target) {
  std::size_t heard = 0;
  for (std::uint64_t liar = 0; liar < kLiars; ++liar) {
    auto desk = workerDesk(attacker);
    auto session = joinRequest(desk, "liar").send().wait(attacker.scope()).getSession();
    for (std::uint64_t way = 0; way < 8; ++way) {
      auto report = session.heartbeatRequest();
      sayWhatCannotBe(report.initDone(1)[0], target, way);
      if (kj::runCatchingExceptions([&] { report.send().wait(attacker.scope()); }) == nullptr) {
        ++heard;
      }
    }
    auto other = workerDesk(attacker);
    auto guesser = joinRequest(other, "guesser").send().wait(attacker.scope()).getSession();
    auto report = guesser.heartbeatRequest();
    guess(report.initDone(1)[0], target, liar);
    report.send().wait(attacker.scope());
  }
  CHECK(heard == 3 * kLiars);
}

std::size_t liarsInQuarantine(Cluster& cluster) {
  const Json answer = cluster.ask({"workers"});
  return static_cast<std::size_t>(std::ranges::count_if(answer.at("workers"), [](const Json& each) {
    return each.at("name") == "liar" && each.at("state") == "quarantined";
  }));
}

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
  floodWithHellos(attacker);
  crowdTheDoor(attacker);
  sitSilently(attacker);
  sendGiants(attacker);
  nestDeeply(attacker);
  callWithoutEnd(attacker, endless);
  watchWithoutEnd(attacker, endless);
  lie(attacker, target);
  joinWithoutEnd(attacker);
}

}  // namespace

TEST_CASE("a job comes to its hits while strangers, clients and workers attack its scheduler") {
  Cluster cluster;
  cluster.addWorker(kSlowly);
  std::uint64_t samples = samplesWithin(kJobTime);
  constexpr std::uint64_t kQuietShare = 3;
  Json quiet = cluster.ask({"run", std::to_string(samples / kQuietShare)});
  CHECK(quiet.at("hits") == hitsAmong(samples / kQuietShare));

  std::uint64_t before = peakBytes(cluster.scheduler());
  std::uint64_t endless = cluster.submit(kEndless, {"--priority", "-10"});
  std::uint64_t job = cluster.submit(samples, {"--seed", "1", "--priority", "10"});
  auto client = cluster.startClient({"wait", std::to_string(job), "--json"});
  Attacker attacker(cluster);
  RawPeer sleeper(attacker.loop, attacker.callAs(Role::kClient));
  attackOnce(attacker, {.job = job, .samples = samples}, endless);
  CHECK(liarsInQuarantine(cluster) == kLiars);
  CHECK(submitWithoutEnd(attacker) == kJobsMax - 2);
  askWithoutReading(attacker);
  // It was there for all of that; and for as long as it is, there is more.
  CHECK(cluster.stateOf(job) == "running");
  std::uint64_t rounds = 1;
  while (!client->hasEnded()) {
    attacker.letGo();
    attackOnce(attacker, {.job = endless, .samples = kEndless}, endless);
    ++rounds;
  }

  REQUIRE(client->wait() == 0);
  Json result = Json::parse(client->out());
  CHECK(sleeper.lastWords().empty());  // It comes to an end: it has not said what it came for.
  CHECK(result.at("state") == "finished");
  CHECK(result.at("hits") == hitsAmong(samples, {.seed = 1}));
  CHECK_FALSE(cluster.scheduler().hasEnded());
  std::uint64_t peak = peakBytes(cluster.scheduler());
  if (!kIsSanitized) CHECK(peak < before + kGrowthMax);
  double quietSeconds = quiet.at("wall_seconds").get<double>() * kQuietShare;
  double seconds = result.at("wall_seconds");
  // Not starved: attackers and scheduler are on the worker's own machine, and may take their part.
  CHECK(seconds < 4 * quietSeconds + 5);
  MESSAGE("the job would have taken "
          << quietSeconds << " s in quiet and took " << seconds << " s under " << rounds
          << " rounds of attack; the scheduler had " << before / kMebibyte << " MiB, and "
          << peak / kMebibyte << " MiB at most");
}

}  // namespace pi::cluster
