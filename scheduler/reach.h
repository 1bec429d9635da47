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

// A warning if a network interface has other addresses now than those on which the scheduler has
// listened since its start; else nullopt.  `present`: as net::interfaceAddresses() returns them.
std::optional<std::string> interfaceWarning(const std::string& interface,
                                            const std::vector<Address>& listening,
                                            const std::vector<std::string>& present);

}  // namespace pi::scheduler
