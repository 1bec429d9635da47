// A scheduler on loopback with its own folder, and its workers and clients: real processes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/cluster/process.h"
#include "tests/temporary_folder.h"

namespace pi::cluster {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

// Tests on the output of a program.
bool isOneLine(const std::string& text);
bool mentions(const std::string& text, const std::string& part);

// The result of a program that has ended.
struct Ended {
  int exitCode = 0;
  std::string out;
  std::string err;
  std::chrono::nanoseconds cpuTime{};
};

// A folder in which the programs find all their files: those of the user are neither read nor
// written.  No scheduler runs here yet.
class Home {
 public:
  std::filesystem::path connectionFile() const { return folder_.path() / "scheduler.json"; }
  std::filesystem::path stateDirectory() const { return folder_.path() / "state"; }

  std::unique_ptr<Process> startScheduler(const Words& options, Output output = Output::kKept);
  std::unique_ptr<Process> startWorker(const Words& words);
  std::unique_ptr<Process> startClient(const Words& words, Output output = Output::kKept);
  // The same, and waits until the program ends.
  Ended runScheduler(const Words& words);
  Ended runWorker(const Words& words);
  Ended runClient(const Words& words);
  // To be run in another way.
  Command clientCommand(const Words& words) const;
  Command shellCommand(const std::string& line) const;
  // Runs a line in sh; $PI_SCHEDULER, $PI_WORKER and $PI_CLIENT are the programs.
  std::unique_ptr<Process> startShell(const std::string& line);
  Ended runShell(const std::string& line);

 private:
  Command commandOf(const char* program, const Words& words, Output output) const;
  static Ended finish(Process& process);

  TemporaryFolder folder_;
};

std::string contentOf(const std::filesystem::path& file);

// Writes a file next to the connection file that only its owner can read.
std::filesystem::path writePrivate(const Home& home, const std::string& name,
                                   const std::string& content);

// A home with a running scheduler, on a free port.
class Cluster : public Home {
 public:
  explicit Cluster(const Words& schedulerOptions = {}, Output output = Output::kKept);

  Process& scheduler() { return *scheduler_; }
  std::uint16_t port() const { return port_; }
  std::string address() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

  // Starts another scheduler on the same port and state directory.  Waits for the old one to end.
  void restartScheduler(const Words& options = {}, Output output = Output::kKept);

  // Starts a worker with one thread and waits until it has joined.
  Process& addWorker(const Words& options = {});

  // The output of a client command with --json.  Throws if its exit code is not 0.
  Json ask(Words words);
  // The scheduler's description of the worker in this process; null if it knows none.
  Json infoOf(const Process& worker);
  std::uint64_t contributedBy(const Process& worker);
  // Waits until the scheduler has counted samples of this worker.
  void waitForContribution(const Process& worker);

  std::uint64_t submit(std::uint64_t samples, const Words& more = {});
  std::string stateOf(std::uint64_t job);
  // Waits until the job has ended and returns the output of `wait --json`.
  Json resultOf(std::uint64_t job);

 private:
  void launch(const Words& options, std::uint16_t port, Output output);

  std::unique_ptr<Process> scheduler_;
  std::vector<std::unique_ptr<Process>> workers_;
  std::uint16_t port_ = 0;
};

}  // namespace pi::cluster
