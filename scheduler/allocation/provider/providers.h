// Makes the providers that queues name.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "common/net/loop/kj_loop.h"
#include "scheduler/allocation/provider.h"

namespace pi::allocation {

// `system` is QueueOptions::system, `connectionFile` that of this scheduler.
std::unique_ptr<AllocationProvider> makeProvider(net::KjLoop& loop, const std::string& system,
                                                 const std::filesystem::path& connectionFile);

}  // namespace pi::allocation
