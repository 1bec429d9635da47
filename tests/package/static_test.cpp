// The static programs on a system where nothing is installed, or where its files would mislead
// them.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "tests/can_run.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/terminal.h"
#include "tests/package/empty_root.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

const Words kPrograms = {"pi-scheduler", "pi-worker", "pi-client"};
// Without HOME, the connection file is below the current directory.
constexpr const char* kConnectionFile = ".local/state/pi/scheduler.json";
constexpr std::uint64_t kSamples = 300'000'000;

// A provider that is not there: OpenSSL has no algorithms at all if it follows this file.
constexpr const char* kBrokenOpenssl =
    "openssl_conf = init\n[init]\nproviders = list\n[list]\nmissing = one\n"
    "[one]\nmodule = /missing.so\nactivate = 1\n";

bool isLibrary(const std::string& file) {
  return file.ends_with(".so") || file.find(".so.") != file.npos;
}

// A cluster in the root: a scheduler, and what is known of it.
class RootedCluster {
 public:
  explicit RootedCluster(const EmptyRoot& root, const EmptyRoot::Environment& environment = {},
                         const std::optional<fs::path>& traced = {})
      : root_(root),
        scheduler_(root.command(
            "pi-scheduler",
            {"--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"},
            environment, traced)) {
    waitUntil("the scheduler writes its connection file", [&] {
      if (scheduler_.hasEnded()) throw std::runtime_error("no scheduler: " + scheduler_.err());
      return fs::exists(root_.path(kConnectionFile));
    });
    Json file = Json::parse(contentOf(root_.path(kConnectionFile)));
    address_ = file.at("addresses").at(0);
  }

  const std::string& address() const { return address_; }
  std::string port() const { return address_.substr(address_.rfind(':') + 1); }
  Process& scheduler() { return scheduler_; }

 private:
  const EmptyRoot& root_;
  Process scheduler_;
  std::string address_;
};

}  // namespace

TEST_CASE("static programs print version and help in an empty root") {
  if (!canRun("another root directory", whyNoRoot())) return;
  EmptyRoot root;
  Home home;
  for (const std::string& program : kPrograms) {
    CAPTURE(program);
    Ended version = root.run(program, {"--version"});
    CHECK(version.exitCode == 0);
    CHECK(mentions(version.out, program + " " PI_VERSION " (protocol "));
    Ended help = root.run(program, {"--help"});
    CHECK(help.exitCode == 0);
    CHECK(mentions(help.out, "Usage:\n  " + program));
    CHECK(version.err + help.err == "");
  }
}

TEST_CASE("a static client computes in an empty root") {
  if (!canRun("another root directory", whyNoRoot())) return;
  EmptyRoot root;
  Ended ran = root.run("pi-client", {"run", std::to_string(kSamples), "--local", "--json"});
  INFO(ran.err);
  REQUIRE(ran.exitCode == 0);
  CHECK(Json::parse(ran.out).at("hits") == hitsAmong(kSamples));
}

TEST_CASE("a static scheduler, worker and client work together in an empty root") {
  if (!canRun("another root directory", whyNoRoot())) return;
  EmptyRoot root;
  TemporaryFolder traces;
  auto trace = [&traces](const std::string& name) { return traces.path() / name; };
  RootedCluster cluster(root, {}, trace("scheduler"));
  Process worker(root.command("pi-worker", {"--threads", "1"}, {}, trace("worker")));
  Process client(
      root.command("pi-client", {"run", std::to_string(kSamples), "--json"}, {}, trace("client")));
  CHECK(client.wait() == 0);
  INFO(client.err());
  CHECK(Json::parse(client.out()).at("hits") == hitsAmong(kSamples));
  CHECK(Json::parse(client.out()).at("submitter") != nullptr);
  CHECK(mentions(root.run("pi-client", {"top", "--once"}).out, "finished"));

  Ended stopped = root.run("pi-scheduler", {"stop", "--workers"});
  INFO(stopped.err);
  CHECK(stopped.exitCode == 0);
  CHECK(cluster.scheduler().wait() == 0);
  CHECK(worker.wait() == 0);

  // They open no library, and start no program.
  for (const char* name : {"scheduler", "worker", "client"}) {
    CAPTURE(name);
    std::vector<std::string> opened = openedBy(trace(name));
    CHECK(opened.size() > 1);
    for (const std::string& file : opened) {
      CAPTURE(file);
      CHECK_FALSE(isLibrary(file));
    }
    CHECK(std::ranges::count_if(
              opened, [](const std::string& file) { return file.starts_with("/bin/"); }) == 1);
  }
}

TEST_CASE("static programs follow neither an openssl.cnf nor the services of nsswitch.conf") {
  if (!canRun("another root directory", whyNoRoot())) return;
  EmptyRoot root;
  root.write("broken.cnf", kBrokenOpenssl);
  root.write("usr/lib/ssl/openssl.cnf", kBrokenOpenssl);
  root.write("etc/nsswitch.conf", "passwd: sss files\ngroup: sss files\nhosts: sss files dns\n");
  root.write("etc/hosts", "127.0.0.1 login1\n");
  root.write("etc/passwd", "ada:x:0:0::/:/bin/sh\n");
  TemporaryFolder traces;
  auto trace = [&traces](const std::string& name) { return traces.path() / name; };
  for (const EmptyRoot::Environment& environment :
       {EmptyRoot::Environment{}, {{"OPENSSL_CONF", "/broken.cnf"}}}) {
    RootedCluster cluster(root, environment, trace("scheduler"));
    std::string address = "tcp://login1:" + cluster.port();
    Process worker(
        root.command("pi-worker", {address, "--threads", "1"}, environment, trace("worker")));
    Process client(root.command("pi-client",
                                {"run", std::to_string(kSamples), "--json", "--scheduler", address},
                                environment, trace("client")));
    CHECK(client.wait() == 0);
    INFO(client.err());
    Json result = Json::parse(client.out());
    CHECK(result.at("hits") == hitsAmong(kSamples));
    // From /etc/passwd.
    CHECK(mentions(result.at("submitter"), "ada@"));
    CHECK(root.run("pi-scheduler", {"stop", "--workers"}, environment).exitCode == 0);
    CHECK(cluster.scheduler().wait() == 0);
    CHECK(worker.wait() == 0);
    for (const char* name : {"scheduler", "worker", "client"}) {
      CAPTURE(name);
      std::vector<std::string> opened = openedBy(trace(name));
      CHECK(opened.size() > 1);  // The trace is there.
      for (const std::string& file : opened) {
        CAPTURE(file);
        CHECK_FALSE(isLibrary(file));
        CHECK_FALSE(file.ends_with(".cnf"));
      }
    }
  }
}

TEST_CASE("static programs find a name by DNS, and load no library for it") {
  if (!canRun("another root directory", whyNoRoot())) return;
  constexpr const char* kServer = "127.0.0.57";  // No other program listens there.
  if (!canRun("port 53", ::geteuid() == 0 ? std::nullopt
                                          : std::optional<std::string>("this user is not root"))) {
    return;
  }
  Process server(
      {.program = "/usr/bin/env",
       .arguments = {"python3", "-B", PI_SOURCE_DIRECTORY "/tests/package/name_server.py", kServer,
                     "login1.example"}});
  server.waitForErr("ready");
  EmptyRoot root;
  root.write("etc/nsswitch.conf", "hosts: resolve [!UNAVAIL=return] sss\n");
  root.write("etc/resolv.conf", std::string("nameserver ") + kServer + "\n");
  RootedCluster cluster(root);
  TemporaryFolder traces;
  fs::path traced = traces.path() / "client";
  Process client(root.command(
      "pi-client", {"list", "--scheduler", "tcp://login1.example:" + cluster.port()}, {}, traced));
  CHECK(client.wait() == 0);
  INFO(client.err());
  std::vector<std::string> opened = openedBy(traced);
  CHECK(std::ranges::find(opened, "/etc/resolv.conf") != opened.end());
  for (const std::string& file : opened) CHECK_FALSE(isLibrary(file));

  Ended unknown = root.run("pi-client", {"list", "--scheduler", "tcp://login2.example:1"});
  CHECK(unknown.exitCode == 3);
  CHECK(mentions(unknown.err, "the name cannot be looked up"));
  server.signal(SIGTERM);
}

TEST_CASE("an encoding that is not UTF-8 makes a static program load no library") {
  if (!canRun("another root directory", whyNoRoot())) return;
  EmptyRoot root;
  fs::create_directories(root.path("usr/lib/locale"));
  Home home;
  Ended made = home.runShell("localedef --force --no-archive -i POSIX -f ISO-8859-1 " +
                             root.path("usr/lib/locale/plain.iso88591").string());
  INFO(made.err);
  REQUIRE(fs::exists(root.path("usr/lib/locale/plain.iso88591/LC_CTYPE")));
  TemporaryFolder traces;
  fs::path traced = traces.path() / "client";
  Process client(root.command("pi-client", {"run", "1e6", "--local"},
                              {{"LC_ALL", "plain.ISO-8859-1"}}, traced));
  CHECK(client.wait() == 0);
  CHECK(mentions(client.out(), "+-"));
  std::vector<std::string> opened = openedBy(traced);
  CHECK(std::ranges::any_of(
      opened, [](const std::string& file) { return file.ends_with("plain.iso88591/LC_CTYPE"); }));
  for (const std::string& file : opened) CHECK_FALSE(isLibrary(file));
}

TEST_CASE("top says so where there is no description of the terminal") {
  if (!canRun("another root directory", whyNoRoot())) return;
  EmptyRoot root;
  RootedCluster cluster(root);
  Terminal terminal(root.command("pi-client", {"top"}, {{"TERM", "xterm"}}), 200, 24);
  CHECK(terminal.wait() == 1);
  CHECK(mentions(terminal.screen(), "is not known here"));

  // It works with that of this system.
  fs::create_directories(root.path("usr/share/terminfo/v"));
  Home home;
  REQUIRE(home.runShell("TERMINFO=" + root.path("usr/share/terminfo").string() +
                        " && export TERMINFO && infocmp -A /lib/terminfo vt100 | tic -o " +
                        root.path("usr/share/terminfo").string() + " -")
              .exitCode == 0);
  Terminal known(root.command("pi-client", {"top"}, {{"TERM", "vt100"}}), 80, 24);
  known.waitFor("no jobs; submit one");
  known.type("q");
  CHECK(known.wait() == 0);
}

TEST_CASE("in a container with nothing else, the Containerfile's command is a worker") {
  if (!canRun("another root directory", whyNoRoot())) return;
  EmptyRoot root;
  RootedCluster cluster(root);
  Ended access = root.run("pi-scheduler", {"access", "worker"});
  REQUIRE(access.exitCode == 0);
  EmptyRoot container;
  container.write("worker.json", access.out);
  std::map<std::string, std::string> instructions;
  std::ifstream lines(PI_SOURCE_DIRECTORY "/scripts/launch/Containerfile");
  for (std::string line; std::getline(lines, line);) {
    instructions[line.substr(0, line.find(' '))] = line.substr(line.find(' ') + 1);
  }
  Process worker(container.command("pi-worker", Json::parse(instructions["CMD"]),
                                   {{"PATH", "/bin"}, {"PI_CONNECTION_FILE", "/worker.json"}}));
  CHECK(mentions(instructions["ENV"], "PI_CONNECTION_FILE=/worker.json"));
  CHECK(Json::parse(instructions["ENTRYPOINT"]) == Json{"/bin/pi-worker"});
  waitUntil("the worker joins", [&] {
    if (worker.hasEnded()) throw std::runtime_error("the worker ended: " + worker.err());
    Json answer = Json::parse(root.run("pi-client", {"workers", "--json"}).out);
    return answer.at("workers").size() == 1;
  });
  worker.signal(SIGTERM);
  CHECK(worker.wait() == 0);
}

TEST_CASE("the static programs are hardened as the others are, and need no loader") {
  Home home;
  for (const char* program : {PI_STATIC_SCHEDULER, PI_STATIC_WORKER, PI_STATIC_CLIENT}) {
    CAPTURE(program);
    std::string facts =
        home.runShell(
                std::string("LC_ALL=C readelf -W --file-header --program-headers --dynamic ") +
                program)
            .out;
    CHECK(mentions(facts, "DYN"));  // Loaded at a random address.
    CHECK(mentions(facts, "GNU_RELRO"));
    CHECK_FALSE(mentions(facts, "INTERP"));
    CHECK_FALSE(mentions(facts, "NEEDED"));
    CHECK_FALSE(mentions(facts, "RWE"));
    CHECK_FALSE(mentions(facts, "TEXTREL"));
  }
}

}  // namespace pi::cluster
