// A batch system, or this machine: what starts workers.
#pragma once

#include <kj/async.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/allocation/core/batch_system.h"

namespace pi::allocation {

// One for all queues of its batch system.  No call blocks, and no promise fails because of the
// batch system: its errors are values.  Each call ends within a bound of the provider's own.
// Dropping a promise may leave the outcome unclear, and nothing else.
class AllocationProvider {
 public:
  virtual ~AllocationProvider() noexcept(false) = default;

  struct Submitted {
    std::string id{};  // BatchStatus::id.
  };
  virtual kj::Promise<std::variant<Submitted, BatchFailure>> submit(
      const AllocationRequest& request) = 0;

  // All allocations of this user that the batch system lists, also those of other programs: the
  // core knows its own by their names.
  virtual kj::Promise<std::variant<std::vector<BatchStatus>, BatchFailure>> list() = 0;

  // With kPending, those that run already are left alone.
  enum class Which { kPending, kAll };
  // Resolves with null when the batch system has taken the order; it may carry it out later.  Ids
  // that it does not know are no failure.
  virtual kj::Promise<std::optional<BatchFailure>> cancel(const std::vector<std::string>& ids,
                                                          Which which) = 0;

  // Why an allocation that is no longer listed has ended; null where that is not known.
  virtual kj::Promise<std::optional<BatchStatus>> causeOf(const std::string& id) = 0;

  // The command that submit() would run, for people who try their options.
  virtual std::string describe(const AllocationRequest& request) const = 0;
};

}  // namespace pi::allocation
