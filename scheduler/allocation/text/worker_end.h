// Why a worker failed, by how its process ended.
#pragma once

#include <string>

namespace pi::allocation {

// As a clause.  `signal`: the one that ended it, or 0; then `exitCode` is not 0.
std::string whyWorkerFailed(int exitCode, int signal);

}  // namespace pi::allocation
