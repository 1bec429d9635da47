#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "common/net/secrets/random.h"
#include "scheduler/store/database.h"
#include "tests/cluster/caller.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/http_client.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534;

// Texts that must appear nowhere: one line of each private key.
std::vector<std::string> secretsIn(const fs::path& keysFile) {
  Json keys = Json::parse(contentOf(keysFile));
  std::vector<std::string> secrets = {"PRIVATE KEY"};
  for (const char* role : {"scheduler", "worker", "client", "owner"}) {
    std::string pem = keys.at(role);
    std::size_t begin = pem.find('\n') + 1;
    secrets.push_back(pem.substr(begin, pem.find('\n', begin) - begin));
    CHECK(secrets.back().size() == 64);
  }
  return secrets;
}

// The first line of the private key in a PEM text.
std::string firstLineOfKey(const std::string& pem) {
  const std::string mark = "PRIVATE KEY-----\n";
  std::size_t begin = pem.find(mark) + mark.size();
  return pem.substr(begin, pem.find('\n', begin) - begin);
}

// The link that 'pi-client dashboard' prints, and its path with the query.
std::string linkFrom(const Ended& client) {
  REQUIRE(client.exitCode == 0);
  return client.out.substr(0, client.out.find('\n'));
}
std::string targetIn(const std::string& link) { return link.substr(link.find('/', 8)); }

std::string cookieValueIn(const HttpReply& reply) {
  const std::string& header = reply.headers.at("Set-Cookie");
  std::size_t begin = header.find('=') + 1;
  return header.substr(begin, header.find(';') - begin);
}

std::string commandLineOf(const Process& process) {
  return contentOf("/proc/" + std::to_string(process.pid()) + "/cmdline");
}

// The runs of at least `digitsMin` digits in hex, in upper or lower case.
std::set<std::string> hexIn(const std::string& text, std::size_t digitsMin) {
  std::set<std::string> found;
  std::regex run("[0-9a-fA-F]{" + std::to_string(digitsMin) + ",}");
  for (std::sregex_iterator at(text.begin(), text.end(), run), end; at != end; ++at) {
    found.insert(at->str());
  }
  return found;
}

bool isPrintable(char c) { return c == '\n' || (c >= ' ' && c <= '~'); }

std::string saidBy(const Ended& ended) { return ended.out + ended.err; }

// The beginning of a shell command that runs as a user who is not root and may execute the
// programs.
std::string asNobody(Home& home) {
  fs::path folder = home.connectionFile().parent_path();
  CHECK(home.runShell("cp \"$PI_SCHEDULER\" \"$PI_WORKER\" \"$PI_CLIENT\" " + folder.string())
            .exitCode == 0);
  if (::geteuid() != 0) return "cd " + folder.string() + " && exec ";
  REQUIRE(::chown(folder.c_str(), kNobody, kNobody) == 0);
  return "cd " + folder.string() + " && exec setpriv --reuid " + std::to_string(kNobody) +
         " --regid " + std::to_string(kNobody) + " --clear-groups ";
}

}  // namespace

TEST_CASE("where pages cannot be locked there is one warning, and the programs work") {
  Home home;
  const std::string begin = asNobody(home) + "sh -c 'ulimit -l 0; exec ./";
  const std::string warning = "may swap this program's keys to disk";
  auto scheduler = home.startShell(begin + "pi-scheduler --host 127.0.0.1 --port 0'");
  scheduler->waitForErr("pi-scheduler ");
  auto worker = home.startShell(begin + "pi-worker --threads 1'");
  worker->waitForErr("joined");
  Ended client = home.runShell(begin + "pi-client run 1e6'");
  CHECK(client.exitCode == 0);
  for (const std::string& err : {scheduler->err(), worker->err(), client.err}) {
    std::size_t first = err.find(warning);
    REQUIRE(first != err.npos);
    CHECK(err.find(warning, first + 1) == err.npos);
  }
}

TEST_CASE("no log, no output and no command line contains a key, also after failures") {
  const Words trace = {"--log-level", "trace"};
  Cluster cluster(trace);
  Process& worker = cluster.addWorker(trace);
  cluster.ask({"run", "1e7"});
  const std::vector<std::string> secrets = secretsIn(cluster.stateDirectory() / "keys.json");
  std::string all = commandLineOf(cluster.scheduler()) + commandLineOf(worker);
  CHECK(mentions(all, "--log-level"));  // The command lines were read.

  // Without keys, and with the keys of another scheduler.
  Home stranger;
  all += saidBy(stranger.runClient({"list", "--scheduler", cluster.address()}));
  Cluster other;
  Json wrong = Json::parse(contentOf(other.connectionFile()));
  wrong["keys"] = Json::parse(contentOf(cluster.connectionFile())).at("keys");
  fs::path wrongFile = writePrivate(other, "wrong.json", wrong.dump());
  Ended refused = other.runWorker(
      {"--connection-file", wrongFile.string(), "--threads", "1", "--log-level", "trace"});
  CHECK(refused.exitCode == 4);
  all += saidBy(refused);
  other.scheduler().waitForErr("its key is not one of this scheduler's");
  all += other.scheduler().err();

  // Files with keys that are damaged, or that other users can read.
  std::string file = contentOf(cluster.connectionFile());
  fs::path broken = writePrivate(stranger, "broken.json", file.substr(0, file.size() - 10));
  all += saidBy(stranger.runClient({"list", "--connection-file", broken.string()}));
  fs::path open = writePrivate(stranger, "open.json", file);
  fs::permissions(open, fs::perms::others_read, fs::perm_options::add);
  all += saidBy(stranger.runClient({"list", "--connection-file", open.string()}));
  all += saidBy(cluster.runShell("exec \"$PI_SCHEDULER\" access worker > /proc/$$/comm"));

  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  all += cluster.scheduler().out() + cluster.scheduler().err() + worker.out() + worker.err();
  fs::path keys = cluster.stateDirectory() / "keys.json";
  std::string content = contentOf(keys);
  std::ofstream(keys) << content.substr(0, content.size() - 10);
  auto damaged = cluster.startScheduler(trace);
  CHECK(damaged->wait() == 1);
  all += damaged->out() + damaged->err();

  CHECK(mentions(all, "are damaged"));
  for (const std::string& secret : secrets) CHECK_FALSE(mentions(all, secret));
}

TEST_CASE("no log contains an identity, a ticket or the store's secret, neither raw nor in hex") {
  const Words trace = {"--log-level", "trace"};
  Cluster cluster(trace);
  Process& worker = cluster.addWorker(trace);
  std::uint64_t job = cluster.submit(1'000'000'000'000'000);
  cluster.waitForContribution(worker);
  std::vector<std::string> secrets;
  {
    net::KjLoop loop;
    WorkerByHand first(loop, cluster);
    std::string identity = first.join({}).identity;
    REQUIRE(identity.size() >= 16);
    secrets.push_back(identity);
    std::vector<Lease> leases = first.askForWork();
    REQUIRE_FALSE(leases.empty());
    for (const Lease& lease : leases) {
      secrets.emplace_back(lease.ticket.begin(), lease.ticket.end());
    }
    // It comes back; and it shows tickets and identities that no scheduler has given out.
    WorkerByHand again(loop, cluster);
    again.join({.identity = identity, .lent = leases});
    for (Lease& lease : leases) lease.ticket[0] ^= 1;
    WorkerByHand forger(loop, cluster);
    forger.join({.identity = std::string(identity.size(), 'x'), .lent = leases});
  }
  std::string uid = cluster.ask({"status", std::to_string(job)}).at("uid");
  // Workers reconnect with their identities and tickets.
  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  std::string logs = cluster.scheduler().err();
  cluster.restartScheduler(trace);
  cluster.waitForContribution(worker);
  worker.signal(SIGTERM);
  CHECK(worker.wait() == 0);
  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  logs += cluster.scheduler().err() + worker.err();
  scheduler::Database database(cluster.stateDirectory() / "jobs.sqlite");
  static_cast<void>(database.load(scheduler::ClockReading{}));
  secrets.push_back(database.secret());

  for (const std::string& secret : secrets) {
    CHECK_FALSE(mentions(logs, secret));
    CHECK_FALSE(mentions(logs, net::hexText(secret)));
  }
  // Those of the real worker have the same sizes, and would be raw bytes or long numbers.
  CHECK(std::ranges::all_of(logs, isPrintable));
  for (const std::string& number : hexIn(logs, 2 * sizeof(Ticket))) CHECK(number == uid);
}

TEST_CASE("no log contains the dashboard's token, its cookies, codes, sessions, or its key") {
  Cluster cluster({"--dashboard-address", "0.0.0.0:0", "--log-level", "trace"});
  const std::string token = Json::parse(contentOf(cluster.connectionFile())).at("observer_token");
  const std::string pem = contentOf(cluster.stateDirectory() / "dashboard.pem");
  std::vector<std::string> secrets = {token, "PRIVATE KEY", firstLineOfKey(pem)};
  const std::string observing = linkFrom(cluster.runClient({"dashboard"}));
  const std::string controlling = linkFrom(cluster.runClient({"dashboard", "--control"}));
  const auto port =
      static_cast<std::uint16_t>(std::stoul(observing.substr(observing.rfind(':') + 1)));
  auto ask = [&](HttpRequest request) { return fetchEncrypted(port, request, pem); };

  // The links, each twice: a code works once.
  HttpReply observer = ask({.target = targetIn(observing)});
  REQUIRE(observer.status == 303);
  secrets.push_back(cookieValueIn(observer));
  secrets.push_back(controlling.substr(controlling.rfind('=') + 1));
  CHECK(ask({.target = targetIn(controlling)}).status == 303);
  CHECK(ask({.target = targetIn(controlling)}).status == 401);

  // A session that is used, and secrets that are nearly right or where they should not be.
  Ended opened = cluster.runClient({"dashboard", "--control", "--token"});
  const std::string session = opened.out.substr(0, opened.out.find('\n'));
  secrets.push_back(session);
  HttpRequest change{
      .target = "/api/v1/jobs",
      .headers = {{"Authorization", "Bearer " + session}, {"Content-Type", "application/json"}},
      .method = "POST",
      .body = R"({"samples": 1000})"};
  CHECK(ask(change).status == 201);
  change.headers["Authorization"] = "Bearer " + session + "x";
  CHECK(ask(change).status == 401);
  const std::string& cookie = observer.headers.at("Set-Cookie");
  CHECK(ask({.target = "/", .headers = {{"Cookie", cookie.substr(0, cookie.find(';')) + "x"}}})
            .status == 401);
  CHECK(ask({.target = "/nowhere?token=" + token}).status != 200);
  CHECK(ask({.target = "/api/v1/jobs?code=" + session}).status != 200);

  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);
  const std::string logs = cluster.scheduler().out() + cluster.scheduler().err();
  CHECK(mentions(logs, "the dashboard is at"));
  for (const std::string& secret : secrets) {
    CHECK(secret.size() >= 11);
    CHECK_FALSE(mentions(logs, secret));
  }
}

TEST_CASE("other processes of the same user cannot read a program's memory, nor is a core dumped") {
  Home home;
  const std::string begin = asNobody(home);
  // A process that may attach can read the environment, and only then may the core be dumped.
  auto canBeLookedInto = [&](const Process& process) {
    Ended look = home.runShell(begin + "cat /proc/" + std::to_string(process.pid()) + "/environ");
    return look.exitCode == 0 && mentions(look.out, "PI_CONNECTION_FILE");
  };
  auto bystander = home.startShell(begin + "sleep 1000");
  waitUntil("the environment of a process without secrets can be read",
            [&] { return canBeLookedInto(*bystander); });

  auto scheduler = home.startShell(begin + "./pi-scheduler --host 127.0.0.1 --port 0");
  scheduler->waitForErr("pi-scheduler ");
  auto client = home.startShell(begin + "./pi-client 1e15");
  client->waitForErr("worker");
  auto worker = home.startShell(begin + "./pi-worker --threads 1");
  worker->waitForErr("joined");

  for (const auto& process : {scheduler.get(), client.get(), worker.get()}) {
    CHECK_FALSE(canBeLookedInto(*process));
    CHECK_FALSE(process->hasEnded());
  }
}

}  // namespace pi::cluster
