#include "scheduler/allocation/core/queue_options.h"

#include "common/base/printable.h"

namespace pi::allocation {

std::string nameOf(const QueueOptions& queue) {
  std::string name = queue.system;
  for (const std::string& argument : queue.arguments) {
    name += (name.size() == queue.system.size() ? ": " : " ") + argument;
  }
  return printable(name);
}

}  // namespace pi::allocation
