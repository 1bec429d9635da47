// A Slurm of the test's own: real daemons on this machine, in a folder and on ports of their own.
#pragma once

#include <csignal>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/cluster/cluster.h"
#include "tests/cluster/process.h"
#include "tests/temporary_folder.h"

namespace pi::cluster {

// Why no Slurm can be started on this machine; nullopt if one can.
std::optional<std::string> whyNoSlurm();

struct SlurmSize {
  int nodes = 2;  // They are called n1, n2, ...
  int cpusPerNode = 2;
};

// munged, slurmctld and one slurmd for each node.  All nodes are this machine, but each has a host
// name of its own.  A slurmd is the first process of a PID namespace: everything that it started
// dies with it, and it dies with the test.  The partition `all` is the usual one.  Jobs of the
// partition `urgent`, which has the same nodes, preempt those of `all`, which are requeued.  In the
// partition `short` no job may take longer than five minutes.
class Slurm {
 public:
  // Starts the daemons and waits until all nodes are idle.
  explicit Slurm(const SlurmSize& size = {});
  ~Slurm();
  Slurm(const Slurm&) = delete;
  Slurm& operator=(const Slurm&) = delete;

  // The variables by which programs find this Slurm.
  const std::map<std::string, std::string>& environment() const { return environment_; }
  // Runs a command of Slurm, such as {"scancel", "1"}.
  Ended run(const Words& words) const;
  // Its output.  Throws if it fails.
  std::string ask(const Words& words) const;

  // A field of `scontrol show job`, such as "JobState"; empty if there is no such job or field.
  std::string fieldOf(const std::string& job, const std::string& field) const;
  // Waits until the job has this state, such as "RUNNING".
  void waitForState(const std::string& job, const std::string& state) const;
  // Waits until the job is over, and returns its state, such as "COMPLETED".
  std::string endOf(const std::string& job) const;

  // Sets a node's state: "DOWN", "DRAIN" or "RESUME".
  void updateNode(const std::string& node, const std::string& state) const;
  // The state in `sinfo`, such as "idle" or "drained".
  std::string stateOf(const std::string& node) const;
  // Switches a node off: all its processes are killed at once.
  void killNode(const std::string& node);
  void startNode(const std::string& node);

  // slurmctld: without it, no command of Slurm gets an answer.
  void stopController();
  void startController();
  // It hangs until it is resumed: it takes connections and does not answer.
  void pauseController() const { controller_->signal(SIGSTOP); }
  void resumeController() const { controller_->signal(SIGCONT); }

  // The last lines that each daemon wrote, for the message of a failed test.
  std::string logs() const;

 private:
  void writeConfiguration(const SlurmSize& size) const;
  Command daemon(const std::string& program, const Words& arguments) const;

  TemporaryFolder folder_;
  std::map<std::string, std::string> environment_;
  std::unique_ptr<Process> munged_;
  std::unique_ptr<Process> controller_;
  std::map<std::string, std::unique_ptr<Process>> nodes_;
};

}  // namespace pi::cluster
