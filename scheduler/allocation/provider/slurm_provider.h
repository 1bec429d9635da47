// Slurm: asked by its own programs, sbatch, squeue, scancel, scontrol and sacct.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/net/loop/child_process.h"
#include "common/net/loop/kj_loop.h"
#include "scheduler/allocation/provider.h"
#include "scheduler/allocation/provider/limits.h"
#include "scheduler/allocation/provider/turns.h"
#include "scheduler/allocation/provider/worker_logs.h"

namespace pi::allocation {

// One command runs at a time, and beside it one that asks for a cause: a controller that is busy is
// not asked more and more.
class SlurmProvider final : public AllocationProvider {
 public:
  // `environment` is that of this process.
  SlurmProvider(net::KjLoop& loop, WorkerStart start, std::vector<std::string> environment,
                Duration timeout = kBatchCommandMax);

  kj::Promise<std::variant<Submitted, BatchFailure>> submit(
      const AllocationRequest& request) override;
  kj::Promise<std::variant<std::vector<BatchStatus>, BatchFailure>> list() override;
  kj::Promise<std::optional<BatchFailure>> cancel(const std::vector<std::string>& ids,
                                                  Which which) override;
  kj::Promise<std::optional<BatchStatus>> causeOf(const std::string& id) override;
  std::string describe(const AllocationRequest& request) const override;

 private:
  using Outcome = Expected<net::CommandResult, net::CommandError>;

  net::Command query(Words words) const;
  kj::Promise<Outcome> run(Turns& turns, net::Command command);
  std::optional<BatchFailure> failureOf(const std::string& program, const Outcome& outcome) const;
  void logUnknown(const std::vector<std::string>& states);

  net::KjLoop& loop_;
  const WorkerStart start_;
  const std::vector<std::string> environment_;
  const Duration timeout_;
  WorkerLogs logs_;
  std::set<std::string> loggedStates_;
  Turns orders_;
  Turns causes_;
};

}  // namespace pi::allocation
