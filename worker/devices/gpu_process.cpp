#include "worker/devices/gpu_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "common/base/quantity.h"
#include "common/net/loop/clock.h"

extern char** environ;

namespace pi::worker {
namespace {

constexpr char kProgram[] = "pi-worker-gpu";

// The driver starts, and may compile the kernels for a new GPU.
constexpr Duration kStartMax = std::chrono::minutes(2);

std::string reasonOf(int error) { return std::generic_category().message(error); }

std::filesystem::path programPath() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / kProgram;
}

// Two connected descriptors, closed in other programs that this process starts.
struct Pair {
  int ours = -1, theirs = -1;
};

Pair connectedPair() {
  int both[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) {
    throw NoGpu("the system refuses a connection to " + std::string(kProgram) + ": " +
                reasonOf(errno));
  }
  return {both[0], both[1]};
}

void closeAll(std::array<int, gpu::kLaneCount>& descriptors) {
  for (int& each : descriptors) {
    if (each >= 0) ::close(std::exchange(each, -1));
  }
}

enum class Failure : std::uint8_t { kNone, kClosed, kLate };

// Reads a whole message.
template <typename Message>
Failure receive(int descriptor, Message& message, Duration timeout) {
  auto* bytes = reinterpret_cast<char*>(&message);
  const Instant end = net::now() + timeout;
  for (std::size_t have = 0; have < sizeof message;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - net::now()).count();
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return Failure::kLate;
    ssize_t more = ready < 0 ? -1 : ::read(descriptor, bytes + have, sizeof message - have);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) return Failure::kClosed;
    have += static_cast<std::size_t>(more);
  }
  return Failure::kNone;
}

template <typename Message>
bool send(int descriptor, const Message& message) {
  // It fits into the buffer of the socket.
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor, &message, sizeof message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof message);
}

// The descriptors for the child have other numbers than the ones that it expects, so that none is
// overwritten before it is copied.
int movedBeyondLanes(int descriptor) {
  int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, gpu::kLaneDescriptors[gpu::kLaneCount - 1] + 1);
  int error = errno;
  ::close(descriptor);
  if (moved < 0) throw NoGpu("the system refuses another open file: " + reasonOf(error));
  return moved;
}

struct Child {
  pid_t pid = -1;
  std::array<int, gpu::kLaneCount> lanes{};
};

Child startProgram(const std::string& command, const std::string& number) {
  const std::filesystem::path program = programPath();
  if (::access(program.c_str(), X_OK) != 0) {
    throw NoGpu("there is no program " + program.string() +
                "; this build of pi-worker has no GPU support, see README.md, section Build");
  }
  Child child;
  std::array<int, gpu::kLaneCount> theirs{};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    Pair pair = connectedPair();
    child.lanes[i] = pair.ours;
    theirs[i] = movedBeyondLanes(pair.theirs);
    ::posix_spawn_file_actions_adddup2(&actions, theirs[i], gpu::kLaneDescriptors[i]);
  }
  std::string name = kProgram;
  char* arguments[] = {name.data(), const_cast<char*>(command.c_str()),
                       number.empty() ? nullptr : const_cast<char*>(number.c_str()), nullptr};
  int error = ::posix_spawn(&child.pid, program.c_str(), &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  closeAll(theirs);
  if (error != 0) {
    closeAll(child.lanes);
    throw NoGpu("the system refuses to start " + program.string() + ": " + reasonOf(error));
  }
  return child;
}

void reap(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
}

std::string textOf(const char (&text)[gpu::kTextBytes]) {
  return {text, ::strnlen(text, sizeof text)};
}

GpuInfo infoOf(const gpu::Hello& hello) {
  auto version = [](std::uint32_t major, std::uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
  };
  return {.name = textOf(hello.name),
          .multiprocessors = hello.multiprocessors,
          .clockMegahertz = hello.clockMegahertz,
          .capability = version(hello.capabilityMajor, hello.capabilityMinor),
          .driver = version(hello.driverMajor, hello.driverMinor)};
}

// The next hello of a child.  Throws NoGpu.
gpu::Hello greeting(int lane) {
  gpu::Hello hello{};
  switch (receive(lane, hello, kStartMax)) {
    case Failure::kNone:
      break;
    case Failure::kClosed:
      throw NoGpu(std::string(kProgram) + " ended at its start");
    case Failure::kLate:
      throw NoGpu("the NVIDIA driver does not answer; look at nvidia-smi and the system's log");
  }
  if (hello.version != gpu::kMessageVersion) {
    throw NoGpu(programPath().string() + " is of another version; install it with pi-worker");
  }
  if (hello.isUsable == 0) throw NoGpu(textOf(hello.text));
  return hello;
}

}  // namespace

std::vector<GpuInfo> listGpus() {
  Child child = startProgram("list", "");
  std::vector<GpuInfo> gpus;
  try {
    gpu::Hello hello = greeting(child.lanes[0]);
    gpus.push_back(infoOf(hello));
    while (gpus.size() < hello.gpuCount) gpus.push_back(infoOf(greeting(child.lanes[0])));
  } catch (...) {
    closeAll(child.lanes);
    ::kill(child.pid, SIGKILL);
    reap(child.pid);
    throw;
  }
  closeAll(child.lanes);
  reap(child.pid);
  return gpus;
}

GpuProcess::GpuProcess(std::uint32_t number, Duration launchMax)
    : number_(number), launchMax_(launchMax) {
  Child child = startProgram("serve", std::to_string(number));
  child_ = child.pid;
  lanes_ = child.lanes;
  try {
    info_ = infoOf(greeting(lanes_[0]));
  } catch (...) {
    closeAll(lanes_);
    ::kill(child_, SIGKILL);
    reap(child_);
    throw;
  }
}

GpuProcess::~GpuProcess() {
  closeAll(lanes_);
  ::kill(child_, SIGKILL);
  reap(child_);
}

std::string GpuProcess::name() const {
  return "gpu:" + std::to_string(number_) + " (" + info_.name + ")";
}

DeviceLost GpuProcess::lost(const std::string& reason) const {
  return DeviceLost(name() + " is lost: " + reason);
}

Hits GpuProcess::count(int lane, const gpu::Request& request) {
  int descriptor = lanes_[static_cast<std::size_t>(lane)];
  gpu::Answer answer{};
  Failure failure =
      send(descriptor, request) ? receive(descriptor, answer, launchMax_) : Failure::kClosed;
  switch (failure) {
    case Failure::kNone:
      break;
    case Failure::kClosed:
      throw lost(std::string(kProgram) + " has ended");
    case Failure::kLate:
      throw lost("a launch did not end within " + durationText(launchMax_) +
                 "; look at nvidia-smi and the system's log");
  }
  if (answer.isLost != 0) throw lost(textOf(answer.text));
  Hits hits;
  std::copy(std::begin(answer.hits), std::end(answer.hits), hits.strata.begin());
  return hits;
}

}  // namespace pi::worker
