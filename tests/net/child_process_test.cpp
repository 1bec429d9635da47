#include "common/net/loop/child_process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "common/net/loop/clock.h"

using namespace pi;
using namespace pi::net;
using namespace std::chrono_literals;

namespace {

using End = CommandResult::End;

CommandResult run(KjLoop& loop, Command command) {
  return runCommand(loop, std::move(command)).wait(loop.waitScope()).value();
}

Command shell(const std::string& script) { return {.argv = {"sh", "-c", script}}; }

// False also for a process that has ended and is not reaped: the test's init may not reap it.
bool isAlive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string number;
  std::string name;
  char state = 'X';
  file >> number >> name >> state;
  return state != 'Z' && state != 'X';
}

// Lets the loop run until `isSo`.
template <typename Condition>
void turnUntil(KjLoop& loop, Condition isSo) {
  Instant giveUpAt = now() + 20s;
  while (!isSo()) {
    REQUIRE(now() < giveUpAt);
    loop.timer().afterDelay(toKj(1ms)).wait(loop.waitScope());
  }
}

// True if this process has no child at all, not even an unreaped one.
bool hasNoChild() { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

}  // namespace

TEST_CASE("a command's output, errors and exit code come back") {
  KjLoop loop;
  CommandResult result = run(loop, shell("echo out; echo err >&2; exit 7"));
  CHECK(result.end == End::kExited);
  CHECK(result.code == 7);
  CHECK(result.output == "out\n");
  CHECK(result.errors == "err\n");
  CHECK(hasNoChild());
}

TEST_CASE("arguments reach a command as they are, without a shell") {
  KjLoop loop;
  std::string odd = "$HOME; `id` \"'*\n x";
  CHECK(run(loop, {.argv = {"printf", "%s", odd}}).output == odd);
}

TEST_CASE("a command reads input of any length, and may leave it unread") {
  KjLoop loop;
  std::string input(1'000'000, 'x');
  CHECK(run(loop, {.argv = {"wc", "-c"}, .input = input}).output == "1000000\n");
  CommandResult deaf = run(loop, {.argv = {"true"}, .input = input});
  CHECK(deaf.end == End::kExited);
  CHECK(deaf.code == 0);
  CHECK(run(loop, {.argv = {"cat"}}).output == "");
}

TEST_CASE("a command that a signal ends is distinguished from one that exits") {
  KjLoop loop;
  CommandResult result = run(loop, shell("kill -USR1 $$"));
  CHECK(result.end == End::kSignalled);
  CHECK(result.code == SIGUSR1);
}

TEST_CASE("a program that does not exist is an error in one sentence") {
  KjLoop loop;
  auto result = runCommand(loop, {.argv = {"no-such-program"}}).wait(loop.waitScope());
  REQUIRE(!result.hasValue());
  CHECK(result.error().isMissing());
  CHECK(std::string(result.error().what()) ==
        "cannot run 'no-such-program': No such file or directory");
  auto denied = runCommand(loop, {.argv = {"/etc/passwd"}}).wait(loop.waitScope());
  REQUIRE(!denied.hasValue());
  CHECK(!denied.error().isMissing());
  CHECK(hasNoChild());
}

TEST_CASE("a command inherits no descriptors except stdin, stdout and stderr") {
  KjLoop loop;
  int kept = ::open("/dev/null", O_RDONLY);  // Without O_CLOEXEC.
  REQUIRE(kept > 2);
  // `ls` itself opens one more, for the directory.
  std::istringstream listed(run(loop, {.argv = {"ls", "/proc/self/fd"}}).output);
  ::close(kept);
  std::vector<int> descriptors{std::istream_iterator<int>(listed), {}};
  std::ranges::sort(descriptors);
  CHECK(descriptors == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("a command runs although this process has closed its own stdin") {
  KjLoop loop;
  int saved = ::dup(0);
  ::close(0);
  CommandResult result = run(loop, {.argv = {"cat"}, .input = "in"});
  ::dup2(saved, 0);
  ::close(saved);
  CHECK(result.output == "in");
}

TEST_CASE("a command gets the given environment, or else that of this process") {
  KjLoop loop;
  ::setenv("PI_TEST_WORD", "inherited", 1);
  CHECK(run(loop, shell("echo $PI_TEST_WORD")).output == "inherited\n");
  Command command{.argv = {"env"}, .environment = std::vector<std::string>{"A=1", "B=two words"}};
  CHECK(run(loop, command).output == "A=1\nB=two words\n");
  command.environment.emplace();
  CHECK(run(loop, command).output == "");
  ::unsetenv("PI_TEST_WORD");
}

TEST_CASE("signals that this process ignores or blocks reach a command") {
  KjLoop loop;
  auto before = std::signal(SIGTERM, SIG_IGN);
  sigset_t blocked;
  sigset_t previous;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &previous);
  CommandResult result = run(loop, shell("kill -TERM $$; echo survived"));
  ::pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  std::signal(SIGTERM, before);
  CHECK(result.end == End::kSignalled);
  CHECK(result.code == SIGTERM);
}

TEST_CASE("a command that writes too much is killed, and its first output is kept") {
  KjLoop loop;
  for (const char* script : {"yes", "yes >&2"}) {
    CAPTURE(script);
    Command command = shell(script);
    command.outputBytesMax = 100'000;
    CommandResult result = run(loop, command);
    CHECK(result.end == End::kTooMuchOutput);
    CHECK(std::max(result.output.size(), result.errors.size()) == 100'000);
  }
  Command exact = shell("printf 12345");
  exact.outputBytesMax = 5;
  CHECK(run(loop, exact).end == End::kExited);
  CHECK(hasNoChild());
}

TEST_CASE("a command that takes too long is killed with all of its process group") {
  KjLoop loop;
  Command command = shell("sleep 1000 & echo $!; wait");
  command.timeout = 300ms;
  CommandResult result = run(loop, command);
  CHECK(result.end == End::kTimedOut);
  auto grandchild = static_cast<pid_t>(std::atoi(result.output.c_str()));
  REQUIRE(grandchild > 0);
  turnUntil(loop, [&] { return !isAlive(grandchild); });
  CHECK(hasNoChild());
}

TEST_CASE("a command's result does not wait for its remaining child processes, which are killed") {
  KjLoop loop;
  CommandResult result = run(loop, shell("sleep 1000 & echo $!"));
  CHECK(result.end == End::kExited);
  auto left = static_cast<pid_t>(std::atoi(result.output.c_str()));
  REQUIRE(left > 0);
  turnUntil(loop, [&] { return !isAlive(left); });

  CommandResult escaped = run(loop, shell("setsid sleep 1000 & echo $!"));
  CHECK(escaped.end == End::kExited);
  ::kill(static_cast<pid_t>(std::atoi(escaped.output.c_str())), SIGKILL);
}

TEST_CASE("a dropped promise kills its command and reaps it") {
  KjLoop loop;
  for (int turns = 0; turns < 4; ++turns) {
    {
      auto promise = runCommand(loop, shell("echo started; sleep 1000"));
      for (int i = 0; i < turns; ++i) {
        loop.timer().afterDelay(toKj(1ms)).wait(loop.waitScope());
        CHECK(!promise.poll(loop.waitScope()));
      }
    }
    // The loop reaps; waiting for any child here would take it from the loop.
    turnUntil(loop, [] {
      siginfo_t info{};
      return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
    });
  }
}

TEST_CASE("a loop that ends kills and reaps its commands") {
  {
    KjLoop loop;
    auto promise = runCommand(loop, shell("sleep 1000"));
    CHECK(!promise.poll(loop.waitScope()));
  }
  CHECK(hasNoChild());
}

TEST_CASE("the exit status of another child of this process is left for its owner") {
  KjLoop loop;
  pid_t other = ::fork();
  if (other == 0) ::_exit(42);
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(other), &ended, WEXITED | WNOWAIT) == 0);
  CHECK(run(loop, {.argv = {"true"}}).code == 0);
  int status = 0;
  REQUIRE(::waitpid(other, &status, 0) == other);
  CHECK(WEXITSTATUS(status) == 42);
}

TEST_CASE("many commands run at the same time, each with its own result") {
  KjLoop loop;
  std::vector<kj::Promise<Expected<CommandResult, CommandError>>> promises;
  promises.reserve(50);
  for (int i = 0; i < 50; ++i) {
    promises.push_back(runCommand(loop, shell("cat; exit " + std::to_string(i))));
  }
  for (int i = 0; i < 50; ++i) {
    CHECK(promises[static_cast<std::size_t>(i)].wait(loop.waitScope())->code == i);
  }
  CHECK(hasNoChild());
}
