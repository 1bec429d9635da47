// The message of a viewer: the jobs and workers that it follows.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/quantity.h"
#include "common/model/ids.h"

namespace pi::scheduler::live {

struct Follow {
  std::vector<JobId> jobs{};
  std::vector<WorkerId> workers{};
  bool operator==(const Follow&) const = default;
};

// Reads {"jobs": [7], "workers": [12, 13]}; either may be left out.
Parsed<Follow> parseFollow(std::string_view text);

}  // namespace pi::scheduler::live
