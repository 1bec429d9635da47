// Warns if workers on other machines cannot reach a scheduler.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "scheduler/serve_options.h"

namespace pi::scheduler {

// A warning with a remedy if all addresses are of this machine alone and the options do not ask for
// that; else nullopt.  `addresses`: those in the connection file.
std::optional<std::string> reachWarning(const std::vector<Address>& addresses,
                                        const ServeOptions& options);

}  // namespace pi::scheduler
