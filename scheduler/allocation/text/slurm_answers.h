// Reads the output of Slurm's programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scheduler/allocation/core/batch_system.h"

namespace pi::allocation {

// The job's id in the output of sbatch --parsable: "4711", or "4711;cluster".  A site's plugins may
// print more lines.
std::optional<std::string> jobIdIn(std::string_view output);

struct SlurmList {
  std::vector<BatchStatus> jobs{};
  std::vector<std::string> unknownStates{};  // Each once.
};

// The output of listWords().  Lines of another form are left out.
SlurmList readList(std::string_view output);

// A job in the output of `scontrol --oneliner show job`, or of sacctWords(); null if it has none.
std::optional<BatchStatus> jobInScontrol(std::string_view output);
std::optional<BatchStatus> jobInSacct(std::string_view output);

}  // namespace pi::allocation
