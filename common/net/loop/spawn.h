// Starts a program.  Nothing but these three descriptors reaches it, and signals have their default
// actions there.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace pi::net {

enum class SpawnGroup {
  kProcessGroup,  // A process group of its own.
  kSession,       // A session of its own: the end of our terminal does not concern it.
};

struct SpawnRequest {
  std::vector<std::string> argv;  // argv[0] is looked up in this process's PATH.
  // "NAME=value" each.  Null: the environment of this process.
  std::optional<std::vector<std::string>> environment{};
  int input = -1;  // Descriptors above 2, which stay open here.
  int output = -1;
  int errors = -1;
  SpawnGroup group = SpawnGroup::kProcessGroup;
};

// Returns its process id; the caller reaps it.  Throws std::system_error.
pid_t spawn(SpawnRequest request);

}  // namespace pi::net
