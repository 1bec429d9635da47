// The workers of this user on this machine, as the system lists them: they outlive their scheduler.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace pi::allocation {

struct LocalWorker {
  pid_t pid = 0;
  std::string allocation{};  // Its name.
};

// Those that run now.
std::vector<LocalWorker> localWorkers();

// Sends the signal, unless the process has ended or is another one by now.
void signalWorker(const LocalWorker& worker, int signal);

}  // namespace pi::allocation
