// The command line of the client, and what all three programs share, with real processes.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "common/base/lines.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

constexpr const char* kPrograms[] = {"$PI_CLIENT", "$PI_WORKER", "$PI_SCHEDULER"};

// A pseudo-terminal, to which a program can write.
class Terminal {
 public:
  explicit Terminal(unsigned short columns)
      : file_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    REQUIRE(file_ >= 0);
    REQUIRE(::grantpt(file_) == 0);
    REQUIRE(::unlockpt(file_) == 0);
    setColumns(columns);
  }
  ~Terminal() { ::close(file_); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  std::string path() const { return ::ptsname(file_); }

  void setColumns(unsigned short columns) {
    winsize size{.ws_row = 25, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    REQUIRE(::ioctl(file_, TIOCSWINSZ, &size) == 0);
  }

  // Everything that was written so far.
  const std::string& read() {
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(file_, buffer, sizeof buffer)) > 0;) {
      written_.append(buffer, static_cast<std::size_t>(count));
    }
    return written_;
  }

  // The width of each drawing of the progress line; the last one may be incomplete and is left out.
  std::vector<std::size_t> widthsOfDrawings() const {
    const std::string mark = "\r\x1b[K";
    std::vector<std::size_t> widths;
    std::size_t begin = written_.find(mark);
    while (begin != std::string::npos) {
      begin += mark.size();
      std::size_t end = written_.find(mark, begin);
      if (end != std::string::npos) widths.push_back(widthOf(written_.substr(begin, end - begin)));
      begin = end;
    }
    return widths;
  }

 private:
  // Without escape sequences, which end with 'm' here.
  static std::size_t widthOf(const std::string& text) {
    std::size_t width = 0;
    bool isEscape = false;
    for (char c : text) {
      isEscape = isEscape || c == '\x1b';
      if (!isEscape) ++width;
      if (c == 'm') isEscape = false;
    }
    return width;
  }

  int file_;
  std::string written_;
};

}  // namespace

TEST_CASE("a connection file that $PI_CONNECTION_FILE names must be there: exit code 3") {
  Home home;  // Its environment names a file that does not exist.

  Ended client = home.runClient({"1e6"});

  CHECK(client.exitCode == 3);
  CHECK(client.out.empty());
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, home.connectionFile().string()));
}

TEST_CASE("if no connection file is named and there is none, run is local and always says so") {
  Home home;

  Ended quiet = home.runShell("unset PI_CONNECTION_FILE; exec $PI_CLIENT 1e6 --quiet");
  CHECK(quiet.exitCode == 0);
  CHECK(mentions(quiet.err, "no scheduler found: computing on this machine with "));
  CHECK(isOneLine(quiet.out));

  Ended json = home.runShell("unset PI_CONNECTION_FILE; exec $PI_CLIENT 1e6 --json");
  CHECK(Json::parse(json.out).at("local") == true);
  CHECK(mentions(json.err, "no scheduler found"));
}

TEST_CASE("without a connection file, a command for a scheduler tells to share its directory") {
  Home home;

  Ended client = home.runShell("unset PI_CONNECTION_FILE; exec $PI_CLIENT submit 1e6");

  CHECK(client.exitCode == 3);
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, "/pi/scheduler.json; start pi-scheduler, share the file's directory"));
  CHECK(mentions(client.err, "or see with pi-client --check what is in the way"));
}

TEST_CASE("help and version that cannot be written are an error in all programs: exit code 1") {
  Home home;
  for (std::string program : kPrograms) {
    for (std::string word : {"--help", "--version", "help", "version"}) {
      CAPTURE(program);
      CAPTURE(word);
      std::string line = program;
      line += ' ';
      line += word;
      Ended full = home.runShell(line + " > /dev/full");
      CHECK(full.exitCode == 1);
      CHECK(isOneLine(full.err));
      CHECK(mentions(full.err, "cannot be written to stdout"));
      CHECK(home.runShell(line).exitCode == 0);
    }
  }
}

TEST_CASE("too few open files are one clear sentence in all programs") {
  Home home;
  for (std::string command : {"$PI_CLIENT 1e6 --local", "$PI_CLIENT list", "$PI_WORKER",
                              "$PI_SCHEDULER", "$PI_SCHEDULER stop"}) {
    CAPTURE(command);
    Ended ended = home.runShell("ulimit -n 8; exec " + command);
    CHECK(ended.exitCode == 1);
    CHECK(isOneLine(ended.err));
    CHECK(mentions(ended.err, "ulimit -n"));
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("threads that cannot be started are one clear sentence") {
  Home home;
  Ended client =
      home.runShell("ulimit -v 300000; exec $PI_CLIENT 1e7 --local --threads 64 --quiet");
  CHECK(client.exitCode == 1);
  CHECK(client.out.empty());
  CHECK(mentions(client.err, "start 64 compute threads"));
  CHECK(mentions(client.err, "--threads"));

  // A scheduler starts only one: a stack of 8 GB does not fit into 4 GB.
  Ended scheduler = home.runShell(
      "ulimit -s 8000000; ulimit -v 4000000; exec $PI_SCHEDULER --host 127.0.0.1 --port 0");
  CHECK(scheduler.exitCode == 1);
  CHECK(mentions(scheduler.err, "a thread cannot be started"));
  CHECK(mentions(scheduler.err, "ulimit -u"));
}
#endif

TEST_CASE("more threads than CPUs, and a job of years, get a warning") {
  Home home;
  Ended many = home.runClient({"1e6", "--local", "--threads", "4096", "--no-progress"});
  CHECK(many.exitCode == 0);
  CHECK(mentions(many.err, "more threads than CPUs"));

  Cluster cluster;
  // No worker: the speed of one thread counts.
  Ended alone = cluster.runClient({"submit", "9e18"});
  CHECK(alone.exitCode == 0);
  CHECK(isOneLine(alone.err));
  CHECK(mentions(alone.err, "warning: no worker is connected"));
  CHECK(mentions(alone.err, "this job takes about 57 years"));
  CHECK(cluster.runClient({"submit", "1e17"}).err.empty());  // Seven months.
  CHECK(cluster.runClient({"submit", "9e18", "--sampler", "sobol"}).err.empty());
  cluster.addWorker();
  Ended huge = cluster.runClient({"submit", "9e18"});
  CHECK(huge.exitCode == 0);
  CHECK(mentions(huge.err, "warning: at the present speed"));
  CHECK(mentions(huge.err, "years"));
}

TEST_CASE("text has +- where the locale is not UTF-8, and ± where it is") {
  Home home;
  CHECK(mentions(home.runShell("LC_ALL=C exec $PI_CLIENT 1e6 --local").out, " +- "));
  CHECK(mentions(home.runShell("LC_ALL=C.UTF-8 exec $PI_CLIENT 1e6 --local").out, " ± "));
}

TEST_CASE("list fits $COLUMNS, unless --wide is given, and shows the newest jobs of a state") {
  Cluster cluster;
  for (int i = 0; i < 3; ++i) cluster.submit(1000, {"--name", "job-" + std::to_string(i)});
  cluster.runClient({"cancel", "2"});

  for (const std::string& line : linesOf(cluster.runShell("COLUMNS=40 exec $PI_CLIENT list").out)) {
    CHECK(line.size() <= 40);
  }
  std::string wide = cluster.runShell("COLUMNS=40 exec $PI_CLIENT list --wide").out;
  CHECK(mentions(wide, "SUBMITTER"));
  CHECK(mentions(wide, "job-1"));

  Json newest = cluster.ask({"list", "--limit", "1"}).at("jobs");
  REQUIRE(newest.size() == 1);
  CHECK(newest.at(0).at("job") == 3);
  Json queued = cluster.ask({"list", "--state", "queued"}).at("jobs");
  REQUIRE(queued.size() == 2);
  CHECK(queued.at(0).at("job") == 1);
  CHECK(queued.at(1).at("job") == 3);
  CHECK(queued.at(1).at("name") == "job-2");
  CHECK(mentions(queued.at(1).at("submitter").get<std::string>(), "@"));
  Json two = cluster.ask({"list", "--state", "cancelled", "--state", "queued"}).at("jobs");
  CHECK(two.size() == 3);
}

TEST_CASE("workers fits $COLUMNS, unless --wide is given") {
  Cluster cluster;
  cluster.addWorker({"--name", "a-worker-with-a-name-that-is-long"});
  std::string narrow = cluster.runShell("COLUMNS=40 exec $PI_CLIENT workers").out;
  CHECK(mentions(narrow, "active"));
  for (const std::string& line : linesOf(narrow)) CHECK(line.size() <= 40);
  std::string wide = cluster.runShell("COLUMNS=40 exec $PI_CLIENT workers --wide").out;
  CHECK(mentions(wide, "THREADS"));
  CHECK(mentions(wide, "a-worker-with-a-name-that-is-long"));
}

TEST_CASE("info describes the scheduler") {
  Cluster cluster;
  Json alone = cluster.ask({"info"});
  CHECK(alone.at("workers") == 0);
  CHECK(alone.at("unfinished_jobs") == 0);
  CHECK(alone.at("pid") == cluster.scheduler().pid());
  CHECK(alone.at("addresses").at(0) == cluster.address());
  CHECK(alone.at("disk_failure").is_null());

  cluster.addWorker({"--threads", "2"});
  cluster.submit(kEndless);
  Json busy = cluster.ask({"info"});
  CHECK(busy.at("workers") == 1);
  CHECK(busy.at("threads") == 2);
  CHECK(busy.at("samples_per_second") > 0);
  CHECK(busy.at("unfinished_jobs") == 1);
  CHECK(busy.at("uptime_seconds") > 0.0);

  CHECK(mentions(cluster.runClient({"info"}).out, "1 worker with 2 threads"));
}

TEST_CASE("a certificate file that is missing is named as missing") {
  Cluster cluster;
  Ended client = cluster.runClient(
      {"list", "--tls-cert", "/no/cert.pem", "--tls-key", "/no/key.pem", "--tls-ca", "/no/ca.pem"});
  CHECK(client.exitCode == 4);
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, "--tls-cert /no/cert.pem does not exist"));
}

TEST_CASE("cancel takes several jobs, cancels the others if one fails, and tells what was over") {
  Cluster cluster;
  for (int i = 0; i < 3; ++i) cluster.submit(kEndless);

  Ended some = cluster.runClient({"cancel", "1", "99", "2"});
  CHECK(some.exitCode == 1);
  CHECK(some.out == "job 1 cancelled, 0.0 % done\njob 2 cancelled, 0.0 % done\n");
  CHECK(isOneLine(some.err));
  CHECK(mentions(some.err, "no job 99"));
  std::string reason = cluster.ask({"status", "1"}).at("reason");
  CHECK(reason.starts_with("cancelled by "));

  Ended again = cluster.runClient({"cancel", "1"});
  CHECK(again.exitCode == 0);
  CHECK(again.out == "job 1 was already cancelled, 0.0 % done\n");

  CHECK(cluster.runClient({"cancel", "all"}).out == "job 3 cancelled, 0.0 % done\n");
  Ended none = cluster.runClient({"cancel", "all"});
  CHECK(none.exitCode == 0);
  CHECK(none.out.empty());
  CHECK(mentions(none.err, "all jobs are over"));
}

TEST_CASE("cancel of a finished job succeeds and says that it is finished") {
  Cluster cluster;
  cluster.addWorker();
  cluster.resultOf(cluster.submit(1000));

  Ended cancel = cluster.runClient({"cancel", "1"});

  CHECK(cancel.exitCode == 0);
  CHECK(cancel.out == "job 1 has already finished, 100.0 % done\n");
  CHECK(cancel.err.empty());
  CHECK(cluster.stateOf(1) == "finished");
}

TEST_CASE("wait takes several jobs or all, and prints one result for each") {
  Cluster cluster;
  for (std::uint64_t samples : {1000, 2000, 3000}) cluster.submit(samples);
  auto all = cluster.startClient({"wait", "all", "--json"});
  all->waitForErr("waiting for workers");
  cluster.runClient({"cancel", "2"});
  cluster.addWorker();

  CHECK(all->wait() == 1);  // One of them was cancelled.
  std::vector<std::string> lines = linesOf(all->out());
  REQUIRE(lines.size() == 3);
  CHECK(Json::parse(lines[0]).at("state") == "finished");
  CHECK(Json::parse(lines[1]).at("state") == "cancelled");
  CHECK(Json::parse(lines[2]).at("samples") == 3000);

  Ended two = cluster.runClient({"wait", "3", "1", "--json"});
  CHECK(two.exitCode == 0);
  CHECK(linesOf(two.out).size() == 2);
  CHECK(cluster.runClient({"wait", "all"}).exitCode == 0);
}

TEST_CASE("wait for an unknown job is an error before the wait for the others begins") {
  Cluster cluster;
  cluster.submit(kEndless);

  Ended client = cluster.runClient({"wait", "1", "99"});

  CHECK(client.exitCode == 1);
  CHECK(client.out.empty());
  CHECK(isOneLine(client.err));
  CHECK(mentions(client.err, "no job 99"));
}

TEST_CASE("wait prints the estimates so far when it ends before the jobs") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  cluster.submit(kEndless);
  cluster.waitForContribution(worker);
  cluster.submit(kEndless, {"--priority", "-1"});  // Nothing of it is counted.
  auto interrupted = cluster.startClient({"wait", "1", "2", "--json"});
  interrupted->waitForErr("waiting for job 1");

  interrupted->signal(SIGINT);
  CHECK(interrupted->wait() == 130);
  Ended late = cluster.runClient({"wait", "last", "1", "--timeout", "0.1s", "--json"});
  CHECK(late.exitCode == 5);

  CHECK(isOneLine(interrupted->out()));
  CHECK(isOneLine(late.out));
  Json result = Json::parse(interrupted->out());
  CHECK(result.at("job") == 1);
  CHECK(result.at("state") == "running");
  CHECK(result.at("reason") == "interrupted");
  CHECK(result.at("samples_counted") > 0);
  CHECK(Json::parse(late.out).at("job") == 1);
  CHECK(Json::parse(late.out).at("reason") == "the timeout was reached");
  CHECK(mentions(interrupted->err(), "interrupted; the jobs continue"));
  CHECK(cluster.stateOf(1) == "running");
}

TEST_CASE("the progress line follows the width of the terminal") {
  Cluster cluster;
  Terminal terminal(120);
  auto client = cluster.startShell("TERM=xterm exec $PI_CLIENT run 1000 2> " + terminal.path());
  waitUntil("a line is drawn", [&] { return mentions(terminal.read(), "waiting for workers"); });

  terminal.setColumns(30);

  auto narrowFrom = [&] {
    std::vector<std::size_t> widths = terminal.widthsOfDrawings();
    return std::find_if(widths.begin(), widths.end(),
                        [](std::size_t width) { return width > 0 && width < 30; }) -
           widths.begin();
  };
  waitUntil("narrow lines are drawn", [&] {
    terminal.read();
    return terminal.widthsOfDrawings().size() >= static_cast<std::size_t>(narrowFrom()) + 5;
  });
  std::vector<std::size_t> widths = terminal.widthsOfDrawings();
  CHECK(std::all_of(widths.begin() + narrowFrom(), widths.end(),
                    [](std::size_t width) { return width < 30; }));
}

TEST_CASE("run names its job at once") {
  Cluster cluster;
  auto client = cluster.startClient({"run", "1000"});
  client->waitForErr("job 1 submitted");
  CHECK(cluster.stateOf(1) == "queued");
}

TEST_CASE("Ctrl-C and --timeout print the partial estimate, with that as the reason") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  auto client = cluster.startClient({"run", std::to_string(kEndless), "--no-progress"});
  cluster.waitForContribution(worker);
  client->signal(SIGINT);
  CHECK(client->wait() == 130);
  CHECK(client->out().starts_with("pi = 3.14"));
  CHECK(mentions(client->out(), "1, cancelled: interrupted\n"));
  CHECK(cluster.ask({"status", "1"}).at("reason") == "interrupted");

  Ended late = cluster.runClient({"run", std::to_string(kEndless), "--timeout", "2s"});
  CHECK(late.exitCode == 5);
  CHECK(mentions(late.out, "cancelled: the timeout was reached\n"));
  CHECK(cluster.ask({"status", "2"}).at("reason") == "the timeout was reached");
}

TEST_CASE("a job that is over when Ctrl-C comes is shown as finished") {
  Cluster cluster;
  // The client is suspended meanwhile, so that it learns of both at the same time.
  for (int job = 1; job <= 3; ++job) {
    auto client = cluster.startClient({"run", "1000"});
    client->waitForErr("waiting for workers");
    client->signal(SIGSTOP);
    Process& worker = cluster.addWorker();
    waitUntil("the job is finished", [&] { return cluster.stateOf(job) == "finished"; });
    client->signal(SIGINT);
    client->signal(SIGCONT);

    CHECK(client->wait() == 0);
    CHECK(client->out().starts_with("pi = "));
    worker.signal(SIGTERM);
    worker.wait();
  }
}

}  // namespace pi::cluster
