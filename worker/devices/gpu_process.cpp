#include "worker/devices/gpu_process.h"

#include <fcntl.h>
#include <kj/io.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <utility>

#include "common/base/quantity.h"

extern char** environ;

namespace pi::worker {
namespace {

constexpr char kProgram[] = "pi-worker-gpu";

// The driver starts, and may compile the kernels for a new GPU.
constexpr Duration kStartMax = std::chrono::minutes(2);
constexpr Duration kSlice = std::chrono::seconds(1);
// A process of a broken driver may not even obey SIGKILL.
constexpr int kEndMaxMilliseconds = 2'000;

std::string reasonOf(int error) { return std::generic_category().message(error); }

// In the folder of this program, and nowhere else.
std::filesystem::path programPath() {
  std::error_code error;
  std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    throw NoGpu("the folder of " + std::string(kProgram) +
                " is unknown: /proc/self/exe: " + error.message());
  }
  return own.parent_path() / kProgram;
}

// Two connected descriptors, closed in other programs that this process starts.
struct Pair {
  kj::AutoCloseFd ours, theirs;
};

Pair connectedPair() {
  int both[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) {
    throw NoGpu("the system refuses a connection to " + std::string(kProgram) + ": " +
                reasonOf(errno));
  }
  return {kj::AutoCloseFd(both[0]), kj::AutoCloseFd(both[1])};
}

enum class Failure : std::uint8_t { kNone, kClosed, kLate };

// Reads a whole message.  The time is counted in slices, so that one in which this process was
// suspended counts once.
template <typename Message>
Failure receive(int descriptor, Message& message, Duration timeout) {
  auto* bytes = reinterpret_cast<char*>(&message);
  for (std::size_t have = 0; have < sizeof message;) {
    if (timeout <= Duration::zero()) return Failure::kLate;
    Duration slice = std::min<Duration>(timeout, kSlice);
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(slice).count();
    int ready = ::poll(&waiting, 1, static_cast<int>(wait));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      timeout -= slice;
      continue;
    }
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
kj::AutoCloseFd movedBeyondLanes(kj::AutoCloseFd descriptor) {
  int first = gpu::kLaneDescriptors[gpu::kLaneCount - 1] + 1;
  int moved = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, first);
  if (moved < 0) throw NoGpu("the system refuses another open file: " + reasonOf(errno));
  return kj::AutoCloseFd(moved);
}

struct SpawnActions {
  SpawnActions() { ::posix_spawn_file_actions_init(&actions); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions); }

  posix_spawn_file_actions_t actions;
};

void endChild(pid_t child) {
  ::kill(child, SIGKILL);
  kj::AutoCloseFd ended(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  pollfd waiting{.fd = ended.get(), .events = POLLIN, .revents = 0};
  ::poll(&waiting, 1, kEndMaxMilliseconds);
  ::waitpid(child, nullptr, WNOHANG);
}

struct Child {
  Child() = default;
  Child(Child&& other) noexcept
      : pid(std::exchange(other.pid, -1)), lanes(std::move(other.lanes)) {}
  ~Child() {
    if (pid > 0) endChild(pid);
  }

  pid_t pid = -1;
  std::array<kj::AutoCloseFd, gpu::kLaneCount> lanes;
};

Child startProgram(const std::string& command, const std::string& number) {
  const std::filesystem::path program = programPath();
  if (::access(program.c_str(), X_OK) != 0) {
    throw NoGpu("there is no program " + program.string() +
                "; this build of pi-worker has no GPU support, see README.md, section Build");
  }
  Child child;
  std::array<kj::AutoCloseFd, gpu::kLaneCount> theirs;
  SpawnActions spawn;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    Pair pair = connectedPair();
    child.lanes[i] = kj::mv(pair.ours);
    theirs[i] = movedBeyondLanes(kj::mv(pair.theirs));
    ::posix_spawn_file_actions_adddup2(&spawn.actions, theirs[i].get(), gpu::kLaneDescriptors[i]);
  }
  std::string name = kProgram;
  char* arguments[] = {name.data(), const_cast<char*>(command.c_str()),
                       number.empty() ? nullptr : const_cast<char*>(number.c_str()), nullptr};
  int error =
      ::posix_spawn(&child.pid, program.c_str(), &spawn.actions, nullptr, arguments, environ);
  if (error != 0) {
    child.pid = -1;
    throw NoGpu("the system refuses to start " + program.string() + ": " + reasonOf(error));
  }
  return child;
}

std::string textOf(const char (&text)[gpu::kTextBytes]) {
  return {text, ::strnlen(text, sizeof text)};
}

GpuInfo infoOf(const gpu::Hello& hello) {
  auto version = [](std::uint32_t major, std::uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
  };
  auto failure = hello.isUsable != 0 ? std::nullopt : std::optional(textOf(hello.text));
  return {.failure = std::move(failure),
          .name = textOf(hello.name),
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
      throw NoGpu(std::string(kProgram) + " ended at its start; look at the system's log");
    case Failure::kLate:
      throw NoGpu("the NVIDIA driver does not answer; look at nvidia-smi and the system's log");
  }
  if (hello.version != gpu::kMessageVersion) {
    throw NoGpu(programPath().string() + " is of another version; install it with pi-worker");
  }
  return hello;
}

}  // namespace

std::vector<GpuInfo> listGpus() {
  Child child = startProgram("list", "");
  std::vector<GpuInfo> gpus;
  gpu::Hello first = greeting(child.lanes[0]);
  if (first.gpuCount == 0) throw NoGpu(textOf(first.text));
  gpus.push_back(infoOf(first));
  while (gpus.size() < first.gpuCount) gpus.push_back(infoOf(greeting(child.lanes[0])));
  return gpus;
}

struct GpuProcess::Process {
  Child child;
  std::mutex mutex;
  std::string loss;  // The sentence about the first one.  Both lanes tell it.
};

GpuProcess::GpuProcess(std::uint32_t number, Duration launchMax)
    : number_(number),
      launchMax_(launchMax),
      process_(new Process{
          .child = startProgram("serve", std::to_string(number)), .mutex = {}, .loss = {}}) {
  gpu::Hello hello = greeting(process_->child.lanes[0]);
  info_ = infoOf(hello);
  if (info_.failure) throw NoGpu(*info_.failure);
}

GpuProcess::~GpuProcess() = default;

std::string GpuProcess::name() const {
  return "gpu:" + std::to_string(number_) + " (" + info_.name + ")";
}

// The child may still use the GPU.
DeviceLost GpuProcess::lost(const std::string& reason) {
  std::lock_guard lock(process_->mutex);
  if (process_->loss.empty()) {
    process_->loss = name() + " is lost: " + reason;
    ::kill(process_->child.pid, SIGKILL);
  }
  return DeviceLost(process_->loss);
}

Hits GpuProcess::count(int lane, const gpu::Request& request) {
  int descriptor = process_->child.lanes[static_cast<std::size_t>(lane)].get();
  gpu::Answer answer{};
  Failure failure =
      send(descriptor, request) ? receive(descriptor, answer, launchMax_) : Failure::kClosed;
  switch (failure) {
    case Failure::kNone:
      break;
    case Failure::kClosed:
      throw lost(std::string(kProgram) + " has ended; look at the system's log");
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
