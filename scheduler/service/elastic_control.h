// Requests of the doors to the part that starts workers, in plain types.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/model/queue_info.h"
#include "common/model/refusal.h"

namespace pi::scheduler {

class ElasticControl {
 public:
  enum class Detail { kQueues, kAllocations };
  virtual std::vector<QueueInfo> queues(Detail detail) const = 0;

  // How many workers there can be at a time: those that the limits of the queues allow, and
  // connected ones that others have started.
  struct Reach {
    std::size_t ofQueues = 0;
    std::size_t ofOthers = 0;
  };
  virtual Reach reach() const = 0;

  // Queues are counted from 1; 0 means all.
  virtual OrRefusal<Done> pause(std::size_t queue, const std::string& reason) = 0;
  virtual OrRefusal<Done> resume(std::size_t queue) = 0;

  // For each queue, the command that asks for one worker.
  virtual std::vector<std::string> dryRun() = 0;

 protected:
  ~ElasticControl() = default;
};

}  // namespace pi::scheduler
