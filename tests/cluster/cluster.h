// A scheduler on loopback with a folder of its own, its workers, and its clients.
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

namespace pi::cluster {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

// Of what the programs write: whether it is one line, and whether it has `part` in it.
bool isOneLine(const std::string& text);
bool mentions(const std::string& text, const std::string& part);

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A program that has run to its end.
struct Ended {
  int exitCode = 0;
  std::string out;
  std::string err;
  std::chrono::nanoseconds cpuTime{};
};

// Where the programs find their files: nothing of the user's own is read or written.  Nobody
// listens here yet.
class Home {
 public:
  std::filesystem::path connectionFile() const { return folder_.path() / "scheduler.json"; }
  std::filesystem::path stateDirectory() const { return folder_.path() / "state"; }

  std::unique_ptr<Process> startScheduler(const Words& options, Output output = Output::kKept);
  std::unique_ptr<Process> startWorker(const Words& words);
  std::unique_ptr<Process> startClient(const Words& words, Output output = Output::kKept);
  // The same to its end.
  Ended runScheduler(const Words& words);
  Ended runWorker(const Words& words);
  Ended runClient(const Words& words);
  // A line of sh, to which the programs are $PI_SCHEDULER, $PI_WORKER and $PI_CLIENT.
  std::unique_ptr<Process> startShell(const std::string& line);
  Ended runShell(const std::string& line);

 private:
  Command commandOf(const char* program, const Words& words, Output output) const;
  static Ended finish(Process& process);

  TemporaryFolder folder_;
};

std::string contentOf(const std::filesystem::path& file);

// A file of that name beside the connection file, for its owner alone.
std::filesystem::path writePrivate(const Home& home, const std::string& name,
                                   const std::string& content);

// A home in which a scheduler runs, on a free port.
class Cluster : public Home {
 public:
  explicit Cluster(const Words& schedulerOptions = {}, Output output = Output::kKept);

  Process& scheduler() { return *scheduler_; }
  std::uint16_t port() const { return port_; }
  std::string address() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

  // Starts the scheduler again where it was; the one before must have ended.
  void restartScheduler(const Words& options = {}, Output output = Output::kKept);

  // Starts a worker of one thread, and waits until the scheduler knows it.
  Process& addWorker(const Words& options = {});

  // What a command of the client answers with --json; throws unless its exit code is 0.
  Json ask(Words words);
  // The scheduler's word on a worker of ours; null when it knows none of that process.
  Json infoOf(const Process& worker);
  std::uint64_t contributedBy(const Process& worker);
  // Waits until the scheduler has counted samples of this worker.
  void waitForContribution(const Process& worker);

  std::uint64_t submit(std::uint64_t samples, const Words& more = {});
  std::string stateOf(std::uint64_t job);
  // Waits until the job has ended: what `wait --json` says of it.
  Json resultOf(std::uint64_t job);

 private:
  void launch(const Words& options, std::uint16_t port, Output output);

  std::unique_ptr<Process> scheduler_;
  std::vector<std::unique_ptr<Process>> workers_;
  std::uint16_t port_ = 0;
};

}  // namespace pi::cluster
