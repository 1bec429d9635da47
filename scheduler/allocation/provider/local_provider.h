// Workers on this machine, for tests and laptops.
#pragma once

#include <sys/types.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "scheduler/allocation/provider.h"
#include "scheduler/allocation/provider/worker_logs.h"

namespace pi::allocation {

// Each allocation is a process of its own session.  It runs at once, so none is ever pending, and
// it outlives this scheduler; the next one finds it by its command line.  To cancel means SIGTERM:
// the worker reports what it has and leaves.
class LocalProvider final : public AllocationProvider {
 public:
  // `environment` is that of this process.
  LocalProvider(WorkerStart start, std::vector<std::string> environment);
  ~LocalProvider() noexcept(false) override;

  kj::Promise<std::variant<Submitted, BatchFailure>> submit(
      const AllocationRequest& request) override;
  kj::Promise<std::variant<std::vector<BatchStatus>, BatchFailure>> list() override;
  kj::Promise<std::optional<BatchFailure>> cancel(const std::vector<std::string>& ids,
                                                  Which which) override;
  kj::Promise<std::optional<BatchStatus>> causeOf(const std::string& id) override;
  std::string describe(const AllocationRequest& request) const override;

 private:
  void reap();

  const WorkerStart start_;
  const std::vector<std::string> environment_;
  WorkerLogs logs_;
  std::map<pid_t, std::string> children_;  // Those that are not reaped, with their names.
  std::deque<BatchStatus> ended_;          // The newest last.
};

}  // namespace pi::allocation
