#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/small_disk.h"
#include "tests/net/authority.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

// A file with the output of 'pi-scheduler access' for a role.
fs::path accessFile(Cluster& cluster, const std::string& role, const Words& more = {}) {
  Words words = {"access", role};
  words.insert(words.end(), more.begin(), more.end());
  Ended access = cluster.runScheduler(words);
  REQUIRE(access.exitCode == 0);
  return writePrivate(cluster, role + ".json", access.out);
}

Words with(const Words& words, const fs::path& connectionFile) {
  Words all = words;
  all.insert(all.end(), {"--connection-file", connectionFile.string()});
  return all;
}

void checkRefused(const Ended& ended, const std::string& part) {
  CHECK(ended.exitCode == 4);
  CHECK(ended.out.empty());
  CHECK(mentions(ended.err, part));
}

}  // namespace

TEST_CASE("a file of 'access' works for its role and for no other") {
  Cluster cluster;
  fs::path client = accessFile(cluster, "client");
  fs::path worker = accessFile(cluster, "worker");
  fs::path owner = accessFile(cluster, "owner");

  CHECK(cluster.runClient(with({"list"}, client)).exitCode == 0);
  checkRefused(cluster.runClient(with({"list"}, worker)), "no key for a client");
  CHECK(cluster.runClient(with({"list"}, owner)).exitCode == 0);
  checkRefused(cluster.runWorker(with({"--threads", "1"}, client)), "no key for a worker");
  checkRefused(cluster.runWorker(with({"--threads", "1"}, owner)), "no key for a worker");
  checkRefused(cluster.runScheduler(with({"stop"}, worker)), "no key for a client");
  // The owner's key is printed by 'access owner' alone.
  std::string ownerKey = Json::parse(contentOf(owner)).at("keys").at("owner");
  CHECK(Json::parse(contentOf(cluster.connectionFile())).at("keys").at("owner") == ownerKey);
  for (const fs::path& other : {client, worker}) {
    CHECK_FALSE(Json::parse(contentOf(other)).at("keys").contains("owner"));
  }

  cluster.addWorker({"--connection-file", worker.string()});
  CHECK(cluster.ask(with({"run", "1e7"}, client)).at("hits") == hitsAmong(10'000'000));
  CHECK(cluster.runScheduler(with({"stop", "--workers"}, client)).exitCode == 0);
}

TEST_CASE("the key decides the role, not the field of the file that holds the key") {
  Cluster cluster;
  Json file = Json::parse(contentOf(cluster.connectionFile()));
  std::swap(file["keys"]["worker"], file["keys"]["client"]);
  fs::path swapped = writePrivate(cluster, "swapped.json", file.dump());

  Ended client = cluster.runClient(with({"submit", "1e6"}, swapped));
  checkRefused(client, "does not accept this key for a client");
  CHECK(isOneLine(client.err));
  checkRefused(cluster.runWorker(with({"--threads", "1"}, swapped)),
               "does not accept this key for a worker");
  CHECK(cluster.ask({"list"}).at("jobs").empty());
  CHECK(cluster.ask({"workers"}).at("workers").empty());
}

TEST_CASE("keys of another scheduler are refused with a remedy, by either side") {
  Cluster cluster;
  Cluster other;
  Json file = Json::parse(contentOf(cluster.connectionFile()));
  Json strange = Json::parse(contentOf(other.connectionFile()));
  Json wrongOurs = file;
  wrongOurs["keys"] = strange["keys"];
  Json wrongTheirs = file;
  wrongTheirs["scheduler_key"] = strange["scheduler_key"];

  for (const Json& wrong : {wrongOurs, wrongTheirs}) {
    fs::path path = writePrivate(cluster, "wrong.json", wrong.dump());
    Ended client = cluster.runClient(with({"list"}, path));
    checkRefused(client, "; get its current connection file");
    CHECK(isOneLine(client.err));
    checkRefused(cluster.runWorker(with({"--threads", "1"}, path)),
                 "; get its current connection file");
  }
  cluster.scheduler().waitForErr("its key is not one of this scheduler's");
}

TEST_CASE("a program with an address but no key connects, and exits with code 4 and a remedy") {
  Cluster cluster;
  Home elsewhere;
  Ended client = elsewhere.runClient({"list", "--scheduler", cluster.address()});
  checkRefused(client, "'pi-scheduler access client'");
  CHECK(isOneLine(client.err));
  checkRefused(elsewhere.runWorker({cluster.address(), "--threads", "1"}),
               "'pi-scheduler access worker'");
  CHECK(elsewhere.runClient({"list", "--scheduler", "tcp://127.0.0.1:1"}).exitCode == 3);

  // The keys come from the file, also when the address is an option.
  CHECK(cluster.runClient({"list", "--scheduler", cluster.address()}).exitCode == 0);
}

TEST_CASE("keys survive the scheduler, and --rotate replaces one at its next start") {
  Cluster cluster;
  fs::path client = accessFile(cluster, "client");
  fs::path worker = accessFile(cluster, "worker");
  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler();
  CHECK(cluster.runClient(with({"list"}, client)).exitCode == 0);

  fs::path old = writePrivate(cluster, "old.json", contentOf(client));
  fs::path fresh =
      accessFile(cluster, "client", {"--rotate", "--state-dir", cluster.stateDirectory().string()});
  CHECK(cluster.runClient(with({"list"}, old)).exitCode == 0);  // Valid until the next start.
  CHECK(cluster.runClient(with({"list"}, fresh)).exitCode == 4);
  cluster.scheduler().signal(SIGTERM);
  cluster.restartScheduler();

  CHECK(cluster.runClient(with({"list"}, old)).exitCode == 4);
  CHECK(cluster.runClient(with({"list"}, fresh)).exitCode == 0);
  CHECK(cluster.runClient({"list"}).exitCode == 0);
  cluster.addWorker({"--connection-file", worker.string()});
}

TEST_CASE("--rotate replaces a key of the running scheduler, or says that it did not") {
  Cluster cluster;  // Its state directory is not where its connection file is.
  fs::path client = accessFile(cluster, "client");
  fs::path beside = cluster.connectionFile().parent_path() / "keys.json";
  const std::string kept = contentOf(cluster.stateDirectory() / "keys.json");
  auto refusal = [](Home& home, const Words& more) {
    Words words = {"access", "client", "--rotate"};
    words.insert(words.end(), more.begin(), more.end());
    Ended rotate = home.runScheduler(words);
    CHECK(rotate.exitCode == 1);
    CHECK(rotate.out.empty());
    CHECK(isOneLine(rotate.err));
    CHECK(mentions(rotate.err, "--state-dir"));
    return rotate.err;
  };

  CHECK(mentions(refusal(cluster, {}), "no scheduler has made any there"));
  CHECK_FALSE(fs::exists(beside));
  Cluster other;
  CHECK(mentions(refusal(cluster, {"--state-dir", other.stateDirectory().string()}),
                 "has other keys than those in"));
  // Also after the scheduler was killed and has left its file.
  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();
  CHECK(mentions(refusal(cluster, {"--state-dir", other.stateDirectory().string()}),
                 "has other keys than those in"));
  CHECK(contentOf(cluster.stateDirectory() / "keys.json") == kept);

  Cluster open({"--insecure"});
  CHECK(mentions(refusal(open, {"--state-dir", other.stateDirectory().string()}),
                 "has no keys to replace"));
  Home unused;
  fs::create_directory(unused.stateDirectory());
  CHECK(mentions(refusal(unused, {"--state-dir", unused.stateDirectory().string()}),
                 "no scheduler has made any there"));
  CHECK(fs::is_empty(unused.stateDirectory()));
}

TEST_CASE("--rotate without a running scheduler makes a key and says that there is no file yet") {
  Cluster cluster;
  fs::path client = accessFile(cluster, "client");
  cluster.scheduler().signal(SIGTERM);
  REQUIRE(cluster.scheduler().wait() == 0);

  Ended rotate = cluster.runScheduler(
      {"access", "client", "--rotate", "--state-dir", cluster.stateDirectory().string()});

  // Not 0: a script must not hand out the empty file.
  CHECK(rotate.exitCode == 3);
  CHECK(rotate.out.empty());
  CHECK(isOneLine(rotate.err));
  CHECK(mentions(rotate.err, "valid from the scheduler's next start"));
  CHECK(mentions(rotate.err, "no scheduler runs, so nothing is printed"));
  cluster.restartScheduler();
  CHECK(cluster.runClient(with({"list"}, client)).exitCode == 4);
  CHECK(cluster.runClient({"list"}).exitCode == 0);
}

TEST_CASE("'access' from a file without the role's key exits with code 1 and prints no file") {
  Cluster cluster;
  fs::path worker = accessFile(cluster, "worker");
  for (const char* role : {"client", "owner"}) {
    CAPTURE(role);
    Ended access = cluster.runScheduler(with({"access", role}, worker));
    CHECK(access.exitCode == 1);
    CHECK(access.out.empty());
    CHECK(isOneLine(access.err));
    CHECK(mentions(access.err, "has no key for a " + std::string(role)));
  }
  CHECK(cluster.runScheduler(with({"access", "worker"}, worker)).exitCode == 0);
}

TEST_CASE("'access' makes a file on stdout private before it writes a key, or refuses") {
  Cluster cluster;
  fs::path handed = cluster.connectionFile().parent_path() / "handed.json";
  const std::string access = "exec \"$PI_SCHEDULER\" access worker";

  for (const char* mask : {"000", "002", "022", "026", "027", "037", "067", "077"}) {
    CAPTURE(mask);
    fs::remove(handed);
    std::string line = "umask " + std::string(mask) + "; " + access + " > " + handed.string();
    CHECK(cluster.runShell(line).exitCode == 0);
    CHECK(fs::status(handed).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(mentions(contentOf(handed), "PRIVATE KEY"));
  }
  CHECK(mentions(cluster.runShell(access + " | cat").out, "PRIVATE KEY"));

  // Even root cannot change the mode of this file.
  Ended refused = cluster.runShell(access + " > /proc/$$/comm");
  CHECK(refused.exitCode == 4);
  CHECK(isOneLine(refused.err));
  CHECK(mentions(refused.err, "could be read by others"));
}

TEST_CASE("'access' without a running scheduler prints no file and says why") {
  Home home;
  Ended access = home.runScheduler({"access", "worker"});
  CHECK(access.exitCode == 3);
  CHECK(access.out.empty());
  CHECK(isOneLine(access.err));
  CHECK(mentions(access.err, "no scheduler runs"));
}

TEST_CASE("a connection file that others can read is refused with exit code 4 and the reason") {
  Cluster cluster;
  fs::permissions(cluster.connectionFile(), fs::perms::group_read, fs::perm_options::add);

  Ended client = cluster.runClient({"list"});
  checkRefused(client, "could be read by others");
  CHECK(isOneLine(client.err));
  checkRefused(cluster.runWorker({"--threads", "1"}), "could be read by others");
  CHECK(cluster.runScheduler({"stop"}).exitCode == 4);
}

TEST_CASE("a scheduler refuses keys that others can read, or that are damaged") {
  Home home;
  CHECK(home.startScheduler({"--port", "0", "--idle-timeout", "0.1s"})->wait() == 0);
  fs::path keys = home.stateDirectory() / "keys.json";
  REQUIRE(fs::exists(keys));
  CHECK(fs::status(keys).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  std::string content = contentOf(keys);

  auto refusal = [&] {
    Ended scheduler = home.runScheduler(
        {"--state-dir", home.stateDirectory().string(), "--port", "0", "--host", "127.0.0.1"});
    CHECK(scheduler.exitCode == 1);
    CHECK(isOneLine(scheduler.err));
    return scheduler.err;
  };
  fs::permissions(keys, fs::perms::others_read, fs::perm_options::add);
  CHECK(mentions(refusal(), "could be read by others"));
  fs::permissions(keys, fs::perms::others_read, fs::perm_options::remove);
  fs::permissions(home.stateDirectory(), fs::perms::group_write, fs::perm_options::add);
  CHECK(mentions(refusal(), "can be written by others"));
  fs::permissions(home.stateDirectory(), fs::perms::group_write, fs::perm_options::remove);
  for (const std::string& damaged : {content.substr(0, 100), std::string("{}"), std::string()}) {
    std::ofstream(keys) << damaged;
    CHECK(mentions(refusal(), "are damaged; remove the file"));
  }
}

TEST_CASE("a state directory that others can write to is refused, with and without keys") {
  Home home;
  fs::create_directory(home.stateDirectory());
  TemporaryFolder folder;
  CertificateFiles files =
      net::testing::Authority(folder.path(), "site").issue("scheduler", {"pi-scheduler"});
  const Words site = {"--tls-cert", files.certificate, "--tls-key",
                      files.key,    "--tls-ca",        files.authority};

  for (auto [mode, why] : {std::pair(0777, "can be written by others; 'chmod 700 "),
                           std::pair(01777, "is shared with others; name one of your own")}) {
    REQUIRE(::chmod(home.stateDirectory().c_str(), static_cast<mode_t>(mode)) == 0);
    for (const Words& words : {Words{}, Words{"--insecure"}, site}) {
      auto scheduler = home.startScheduler(words);
      CHECK(scheduler->wait() == 1);
      CHECK(isOneLine(scheduler->err()));
      CHECK(mentions(scheduler->err(), why));
      CHECK(fs::is_empty(home.stateDirectory()));
    }
  }
}

TEST_CASE("a new state directory is private, and no file is written through a symbolic link") {
  TemporaryFolder folder;
  fs::path state = folder.path() / "new" / "state";
  Home home;
  Words words = {"--port", "0", "--idle-timeout", "0.1s", "--state-dir", state.string()};
  CHECK(home.startScheduler(words)->wait() == 0);
  CHECK(fs::status(state).permissions() == fs::perms::owner_all);
  CHECK(fs::status(state.parent_path()).permissions() == fs::perms::owner_all);

  fs::path victim = writePrivate(home, "victim", "precious");
  fs::remove(state / "port");
  fs::create_symlink(victim, state / "port");
  CHECK(home.startScheduler(words)->wait() == 0);
  CHECK(fs::is_regular_file(fs::symlink_status(state / "port")));

  fs::path pidFile = folder.path() / "scheduler.pid";
  fs::create_symlink(victim, pidFile);
  words.insert(words.end(), {"--pid-file", pidFile.string()});
  auto scheduler = home.startScheduler(words);
  CHECK(scheduler->wait() == 1);
  CHECK(mentions(scheduler->err(), "name another with --pid-file"));
  CHECK(contentOf(victim) == "precious");
}

TEST_CASE("--insecure warns at every log level, needs no keys, and says so in its file") {
  Cluster cluster({"--insecure", "--log-level", "off"});
  cluster.scheduler().waitForErr("NO KEYS, NO ENCRYPTION");
  CHECK_FALSE(mentions(contentOf(cluster.connectionFile()), "PRIVATE KEY"));
  CHECK_FALSE(fs::exists(cluster.stateDirectory() / "keys.json"));
  cluster.addWorker();
  CHECK(cluster.ask({"run", "1e7"}).at("hits") == hitsAmong(10'000'000));

  Home elsewhere;
  CHECK(elsewhere.runClient({"list", "--scheduler", cluster.address(), "--insecure"}).exitCode ==
        0);
  // A scheduler with keys does not talk in clear.
  Cluster closed;
  Ended client = elsewhere.runClient({"list", "--scheduler", closed.address(), "--insecure"});
  CHECK(client.exitCode == 3);
  CHECK(mentions(client.err, "or it needs keys"));
  Ended worker = elsewhere.runWorker(
      {closed.address(), "--insecure", "--threads", "1", "--death-timeout", "0.2s"});
  CHECK(worker.exitCode == 3);
  CHECK(mentions(worker.err, "or it needs keys"));

  Ended keyless = elsewhere.runClient({"list", "--scheduler", cluster.address()});
  CHECK(keyless.exitCode == 4);
  CHECK(mentions(cluster.runScheduler({"access", "worker"}).err, "no keys to hand out"));
}

TEST_CASE("--insecure checks the address that it listens on, not the name") {
  if (!canRun("a hosts file of our own", SmallDisk::whyNot())) return;
  Home home;
  fs::path hosts = writePrivate(home, "hosts", "0.0.0.0 localhost\n");
  const std::string scheduler =
      "unshare --mount sh -c 'mount --bind " + hosts.string() +
      " /etc/hosts && exec \"$PI_SCHEDULER\" --host localhost --port 0 --idle-timeout 0.1s "
      "--insecure ";

  Ended refused = home.runShell(scheduler + "'");
  CHECK(refused.exitCode == 1);
  CHECK(refused.out.empty());
  CHECK(isOneLine(refused.err));
  CHECK(mentions(refused.err, "add --insecure-network"));
  CHECK(home.runShell(scheduler + "--insecure-network'").exitCode == 0);
}

TEST_CASE("with certificates of a site's authority the programs run jobs") {
  TemporaryFolder folder;
  net::testing::Authority authority(folder.path(), "site");
  net::testing::Authority elsewhere(folder.path(), "elsewhere");
  auto words = [](const CertificateFiles& files) {
    return Words{"--tls-cert", files.certificate, "--tls-key",
                 files.key,    "--tls-ca",        files.authority};
  };
  auto also = [](Words all, const Words& more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  Cluster cluster(words(authority.issue("scheduler", {"pi-scheduler"})));
  CHECK_FALSE(mentions(contentOf(cluster.connectionFile()), "PRIVATE KEY"));
  auto worker = cluster.startWorker(
      also({"--threads", "1"}, words(authority.issue("worker", {"pi-worker"}))));
  Words client = words(authority.issue("client", {"pi-client"}));
  CHECK(cluster.ask(also({"run", "1e7"}, client)).at("hits") == hitsAmong(10'000'000));

  CertificateFiles strange = elsewhere.issue("client", {"pi-client"});
  strange.authority = authority.issue("none", {}).authority;
  checkRefused(cluster.runClient(also({"list"}, words(strange))), "refuses this program's key");
  checkRefused(
      cluster.runClient(also(
          {"list"}, words(authority.issue("late", {"pi-client"}, {.from = -200, .to = -100})))),
      "refuses this program's key");
  checkRefused(cluster.runClient(also({"list"}, words(authority.issue("none", {"physics"})))),
               "refuses this program's key");
  checkRefused(cluster.runClient(also({"list"}, words(authority.issue("w", {"pi-worker"})))),
               "does not accept this key for a client");
  checkRefused(cluster.runClient({"list"}), "only accepts certificates of the site");
}

}  // namespace pi::cluster
