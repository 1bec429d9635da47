// The actions that the provisioner asks its shell for.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "scheduler/allocation/core/allocation.h"
#include "scheduler/allocation/core/batch_system.h"

namespace pi::allocation {

namespace action {

// Save these changes in one piece; event::Committed answers.  One batch at a time.
struct Commit {
  Changes changes;
};

struct Submit {
  std::string system;
  AllocationRequest request;
};

// One at a time for each batch system.
struct List {
  std::string system;
};

struct Cancel {
  std::string system;
  std::vector<std::string> ids;
  bool isPendingOnly = false;  // Those that run already are left alone.
};

struct AskCause {
  std::string system;
  std::string name;
  std::string id;
};

// The workers of this allocation are to finish the work in hand and leave.
struct Drain {
  std::string name;
};

// A line of the log.
struct Tell {
  enum class Level : std::uint8_t { kInfo, kWarning };
  Level level = Level::kInfo;
  std::string text;
};

}  // namespace action

using Action = std::variant<action::Commit, action::Submit, action::List, action::Cancel,
                            action::AskCause, action::Drain, action::Tell>;
using Actions = std::vector<Action>;

}  // namespace pi::allocation
