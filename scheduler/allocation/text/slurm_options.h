// Which options of sbatch a queue may have.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pi::allocation {

// The first option that would break the scheduler's own command line, as a sentence with the
// remedy; null if there is none.
std::optional<std::string> sbatchOptionFault(const std::vector<std::string>& options);

}  // namespace pi::allocation
