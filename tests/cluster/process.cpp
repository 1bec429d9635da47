#include "tests/cluster/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace pi::cluster {
namespace {

using namespace std::chrono_literals;

int orThrow(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

// A file in memory.  Unlike a pipe it does not fill up, and it can be read at any time.
int makeMemoryFile() { return orThrow(::memfd_create("output", MFD_CLOEXEC), "memfd_create"); }

// The write end of a pipe without a reader.
int makeBrokenPipe() {
  std::array<int, 2> ends{};
  orThrow(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  ::close(ends[0]);
  return ends[1];
}

int makeStdout(Output output) {
  switch (output) {
    case Output::kKept:
      return makeMemoryFile();
    case Output::kStdoutFull:
      return orThrow(::open("/dev/full", O_WRONLY | O_CLOEXEC), "/dev/full");
    case Output::kStdoutBroken:
    case Output::kBothBroken:
      break;
  }
  return makeBrokenPipe();
}

std::vector<std::string> environmentWith(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Runs in the child, between fork and exec.  It may use only system calls.
[[noreturn]] void become(char* const* arguments, char* const* environment, int out, int err,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int number : {SIGHUP, SIGINT, SIGPIPE, SIGTERM}) ::signal(number, SIG_DFL);
  int in = ::open("/dev/null", O_RDONLY);
  bool isReady = ::dup2(in, 0) == 0 && ::dup2(out, 1) == 1 && ::dup2(err, 2) == 2;
  if (isReady && ::getppid() == parent) ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

std::chrono::nanoseconds toDuration(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

void waitUntil(const std::string& what, const std::function<bool()>& isSo) {
  constexpr auto kPatience = 120s;
  constexpr auto kPeriod = 5ms;
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!isSo()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("timed out after two minutes: " + what);
    }
    std::this_thread::sleep_for(kPeriod);
  }
}

Process::Process(const Command& command)
    : name_(command.program.substr(command.program.rfind('/') + 1)) {
  out_ = makeStdout(command.output);
  err_ = command.output == Output::kBothBroken ? makeBrokenPipe() : makeMemoryFile();

  std::vector<std::string> arguments = command.arguments;
  arguments.insert(arguments.begin(), command.program);
  std::vector<std::string> environment = environmentWith(command.environment);
  std::vector<char*> argumentPointers = pointersTo(arguments);
  std::vector<char*> environmentPointers = pointersTo(environment);

  pid_t parent = ::getpid();
  pid_ = orThrow(::fork(), "fork");
  if (pid_ == 0) become(argumentPointers.data(), environmentPointers.data(), out_, err_, parent);
  ::setpgid(pid_, pid_);  // The child does it, too: it has to be done before either continues.
}

Process::~Process() {
  if (!isOver_) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(out_);
  ::close(err_);
}

void Process::signal(int number) const {
  if (!isOver_) orThrow(::kill(pid_, number), "kill");
}

bool Process::hasEnded() {
  if (isOver_) return true;
  int status = 0;
  rusage usage{};
  if (orThrow(::wait4(pid_, &status, WNOHANG, &usage), "wait4") == 0) return false;
  isOver_ = true;
  exitCode_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  cpuTime_ = toDuration(usage.ru_utime) + toDuration(usage.ru_stime);
  return true;
}

int Process::wait() {
  waitUntil(name_ + " ends", [this] { return hasEnded(); });
  return exitCode_;
}

void Process::waitForErr(const std::string& text) {
  auto hasWritten = [&] { return err().find(text) != std::string::npos; };
  waitUntil(name_ + " writes '" + text + "'", [&] {
    // This order matters: once it has ended, all of its output is there.
    bool isLastLook = hasEnded();
    if (hasWritten()) return true;
    if (isLastLook) throw std::runtime_error(name_ + " ended without '" + text + "': " + err());
    return false;
  });
}

std::uint64_t Process::peakBytes() const {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  for (std::string word; status >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes << 10;
  }
  throw std::runtime_error("no VmHWM");
}

std::chrono::nanoseconds Process::cpuTime() {
  if (hasEnded()) return cpuTime_;
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  // The name in brackets may contain anything.  utime and stime are fields 12 and 13 after it.
  file.ignore(std::numeric_limits<std::streamsize>::max(), ')');
  std::string skipped;
  for (int i = 0; i < 11; ++i) file >> skipped;
  long userTicks = 0;
  long systemTicks = 0;
  file >> userTicks >> systemTicks;
  return (userTicks + systemTicks) * std::chrono::nanoseconds(1s) / ::sysconf(_SC_CLK_TCK);
}

std::string Process::contentOf(int file) {
  std::string content;
  std::array<char, 4096> piece{};
  while (true) {
    ssize_t count = ::pread(file, piece.data(), piece.size(), static_cast<off_t>(content.size()));
    if (count <= 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace pi::cluster
