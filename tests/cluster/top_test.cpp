// 'pi-client top' on a real terminal: keys, sizes, signals, and what is left of the terminal.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <vector>

#include "common/wire/wire.h"
#include "tests/cluster/caller.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/cluster/terminal.h"

namespace pi::cluster {
namespace {

constexpr const char* kCtrlC = "\x03";
constexpr const char* kCtrlZ = "\x1a";

Command topOf(const Home& home) {
  Command command = home.clientCommand({"top"});
  command.environment["LC_ALL"] = "C.UTF-8";
  return command;
}

// 'pi-client top' on a terminal.
struct Top : Terminal {
  explicit Top(const Home& home, unsigned short columns = 80, unsigned short rows = 24)
      : Terminal(topOf(home), columns, rows) {
    waitFor("q leave");
  }
};

// The one child of a process.
pid_t childOf(pid_t parent) {
  std::string id = std::to_string(parent);
  return std::stoi(contentOf("/proc/" + id + "/task/" + id + "/children"));
}

bool areSame(const termios& one, const termios& other) {
  return one.c_iflag == other.c_iflag && one.c_oflag == other.c_oflag &&
         one.c_cflag == other.c_cflag && one.c_lflag == other.c_lflag &&
         std::memcmp(one.c_cc, other.c_cc, sizeof one.c_cc) == 0;
}

}  // namespace

TEST_CASE("top shows the scheduler, the jobs, the workers, the convergence and the log") {
  Cluster cluster;
  cluster.addWorker({"--name", "node-1"});
  std::uint64_t job = cluster.submit(100'000'000, {"--name", "small"});
  cluster.resultOf(job);
  Top top(cluster);
  top.waitFor("1 worker with 1 thread");
  top.waitFor("job 1 \"small\"");
  top.waitFor("pi = 3.14");
  top.waitFor("node-1");
  top.waitFor("standard error of job 1");
  top.waitFor("job 1 (small)");  // In the log.
  top.type("q");
  CHECK(top.wait() == 0);
}

TEST_CASE("top follows a job while it runs, and new ones that come") {
  Cluster cluster;
  Top top(cluster);
  top.waitFor("no jobs; submit one");
  top.waitFor("no workers; start one");
  cluster.submit(kEndless, {"--name", "first"});
  top.waitFor("first");
  cluster.addWorker(kSlowly);
  top.waitFor("running");
  top.waitFor("pi = 3.1");
}

TEST_CASE("top shows an unfinished job behind a thousand newer ones, and says what it leaves out") {
  Cluster cluster;
  cluster.submit(kEndless, {"--name", "ancient"});
  net::KjLoop loop;
  net::ClientLink link = callAsClient(loop, cluster);
  constexpr int kNewer = 1'010, kAtOnce = 100;
  std::vector<kj::Promise<void>> ends;
  for (int i = 1; i <= kNewer; ++i) {
    auto submit = link.desk.submitRequest();
    toWire(JobSpec{.samples = 1000, .chunkSize = 1000}, submit.initSpec());
    submit.setRequestId(kj::str("newer ", i).asBytes());
    auto cancel = submit.send().getJob().cancelRequest();
    cancel.setReason("it is old");
    ends.push_back(cancel.send().ignoreResult());
    if (ends.size() < kAtOnce && i < kNewer) continue;
    for (auto& end : ends) end.wait(loop.waitScope());
    ends.clear();
  }

  Ended frame = cluster.runShell("COLUMNS=132 LINES=40 \"$PI_CLIENT\" top --once");

  CHECK(frame.exitCode == 0);
  CHECK(mentions(frame.out, "ancient"));
  CHECK(mentions(frame.out, "1001, running first, older ended ones are not shown"));
}

TEST_CASE("top selects, sorts and filters by keys") {
  Cluster cluster;
  cluster.submit(1'000'000, {"--name", "alpha"});
  cluster.submit(1'000'000, {"--name", "beta"});
  Top top(cluster);
  top.waitFor("job 2 \"beta\"");  // The newest one.
  top.type("j");
  top.waitFor("job 1 \"alpha\"");
  top.type("\x1b[A");  // Up.
  top.waitFor("job 2 \"beta\"");
  top.type("ssss");
  top.waitFor("by name");
  top.type("/alph\r");
  top.waitFor("1 of 2");
  top.waitFor("job 1 \"alpha\"");
  top.waitWithout("beta   queued");  // The log names it, too.
  top.type("/a\x1b");
  top.waitFor("beta   queued");
  top.type("?");
  top.waitFor("Any key closes this text");
  top.type(" ");
  top.waitWithout("Any key closes this text");
}

TEST_CASE("top cancels the selected job only after a yes") {
  Cluster cluster;
  cluster.submit(kEndless);
  Top top(cluster);
  top.waitFor("waiting for workers");
  top.type("c");
  top.waitFor("Cancel job 1?");
  top.type("n");
  top.waitWithout("Cancel job 1?");
  CHECK(cluster.stateOf(1) == "queued");
  top.type("cy");
  top.waitFor("job 1 is cancelled");
  CHECK(cluster.stateOf(1) == "cancelled");
  top.type("c");
  top.waitFor("job 1 is over");
}

TEST_CASE("top fits every size of its window, also while that changes") {
  Cluster cluster;
  cluster.submit(kEndless, {"--name", "long"});
  Top top(cluster);
  for (auto [columns, rows] :
       {std::pair<unsigned short, unsigned short>{200, 60}, {40, 10}, {10, 3}, {1, 1}, {120, 30}}) {
    CAPTURE(columns);
    top.resize(columns, rows);
    if (columns >= 40) top.waitFor("job 1 \"long\"");
  }
  top.waitFor("Workers");
  top.waitFor("q leave");
  top.type("q");
  CHECK(top.wait() == 0);
}

TEST_CASE("top leaves the terminal as it was, however it ends") {
  Cluster cluster;
  struct End {
    const char* keys;
    int signal;
    int code;
  };
  for (End end : {End{"q", 0, 0}, End{kCtrlC, 0, 130}, End{"", SIGTERM, 130}, End{"", SIGHUP, 130},
                  End{"", SIGABRT, 128 + SIGABRT}}) {
    CAPTURE(end.keys);
    CAPTURE(end.signal);
    // The shell outlives a Ctrl-C.
    Terminal shell(
        cluster.shellCommand("trap : INT; read line; \"$PI_CLIENT\" top; echo ended: $?; cat"), 80,
        24);
    termios before = shell.modes();
    shell.type("\n");
    shell.waitFor("q leave");
    CHECK_FALSE(areSame(shell.modes(), before));
    shell.type(end.keys);
    if (end.signal != 0) REQUIRE(::kill(childOf(shell.pid()), end.signal) == 0);
    shell.waitFor("ended: " + std::to_string(end.code));
    CHECK(areSame(shell.modes(), before));
  }
}

TEST_CASE("top gives the terminal back while it is suspended, and takes it again") {
  Cluster cluster;
  cluster.submit(kEndless, {"--name", "patient"});
  Terminal shell(cluster.shellCommand("exec sh -m -i"), 80, 24);
  shell.type("\"$PI_CLIENT\" top\n");
  shell.waitFor("q leave");
  termios during = shell.modes();
  for (int i = 0; i < 2; ++i) {
    shell.type(kCtrlZ);
    shell.waitFor("Stopped");
    CHECK((shell.modes().c_lflag & (ICANON | ECHO)) == (ICANON | ECHO));
    shell.type("echo still $((20 + 1)) here\n");
    shell.waitFor("still 21 here");
    shell.resize(90, 30);
    shell.type("fg\n");
    shell.waitFor("q leave");
    shell.waitFor("job 1 \"patient\"");
    CHECK(areSame(shell.modes(), during));
  }
  shell.type("q");
  // Until then top reads the keys.
  waitUntil("the shell has the terminal", [&] { return (shell.modes().c_lflag & ICANON) != 0; });
  shell.type("echo ended: $?\n");
  shell.waitFor("ended: 0");
  CHECK((shell.modes().c_lflag & (ICANON | ECHO)) == (ICANON | ECHO));
}

TEST_CASE("top says that the scheduler is lost, and continues with the next one") {
  Cluster cluster;
  cluster.submit(kEndless, {"--name", "survivor"});
  Top top(cluster, 120, 30);
  top.waitFor("survivor");
  cluster.scheduler().signal(SIGKILL);
  top.waitFor("lost for");
  top.waitFor("survivor");  // As it was known last.
  cluster.restartScheduler();
  top.waitWithout("lost for");
  top.waitFor("survivor");
  cluster.scheduler().signal(SIGSTOP);  // It hangs, and leaves no worse.
  top.waitFor("lost for");
  top.type("q");
  CHECK(top.wait() == 0);
  cluster.scheduler().signal(SIGCONT);
}

TEST_CASE("top --once prints one frame as text, and so does top without a terminal") {
  Cluster cluster;
  cluster.addWorker({"--name", "node-1"});
  cluster.resultOf(cluster.submit(100'000'000, {"--name", "small"}));
  for (const Words& words : {Words{"top", "--once"}, Words{"top"}}) {
    Ended frame = cluster.runClient(words);
    CHECK(frame.exitCode == 0);
    CHECK(frame.err.empty());
    CHECK(mentions(frame.out, "job 1 \"small\""));
    CHECK(mentions(frame.out, "node-1"));
    CHECK_FALSE(mentions(frame.out, "q leave"));
    CHECK_FALSE(mentions(frame.out, "\x1b"));
    CHECK(std::ranges::count(frame.out, '\n') <= 24);
  }
  Ended wide = cluster.runShell("COLUMNS=200 LINES=60 \"$PI_CLIENT\" top --once");
  CHECK(mentions(wide.out, "PID"));
  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();
  CHECK(cluster.runClient({"top", "--once"}).exitCode == 3);
}

TEST_CASE("top on a terminal that is unknown, or has no cursor to place, says what to do") {
  Cluster cluster;
  Command command = topOf(cluster);
  for (auto [kind, advice] : {std::pair{"teletype-of-1930", "set TERM=xterm"},
                              std::pair{"dumb", "cannot place text; use 'pi-client top --once'"}}) {
    CAPTURE(kind);
    command.environment["TERM"] = kind;
    Terminal terminal(command, 200, 24);
    CHECK(terminal.wait() == 1);
    CHECK(mentions(terminal.screen(), advice));
  }
}

TEST_CASE("top shows the same in tmux's terminals as elsewhere") {
  Cluster cluster;
  cluster.addWorker({"--name", "node-1"});
  for (const char* kind : {"screen", "screen-256color", "tmux-256color", "xterm"}) {
    CAPTURE(kind);
    Command command = topOf(cluster);
    command.environment["TERM"] = kind;
    Terminal terminal(command, 80, 24);
    terminal.waitFor("q leave");
    terminal.waitFor("node-1");
    terminal.type("q");
    CHECK(terminal.wait() == 0);
  }
}

}  // namespace pi::cluster
