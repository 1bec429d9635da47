// The command line of pi-client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/cli/arguments.h"
#include "common/cli/values.h"
#include "common/model/access.h"
#include "common/model/ids.h"
#include "common/model/job.h"

namespace pi::client {

namespace command {

struct Run {
  JobSpec spec{};
  bool local = false;         // Asked for with --local; without a scheduler to be found it is too.
  std::uint32_t threads = 0;  // Of a local run, which alone may have any; 0: all there are.
  Duration timeout{};         // After which the job is cancelled; 0: never.
  bool progress = true;
};
struct Submit {
  JobSpec spec{};
};
struct List {};
struct Status {
  JobId job{};  // Here and below, 0 is the job submitted last.
};
struct Wait {
  JobId job{};
  Duration timeout{};  // After which it stops waiting; 0: never.
  bool progress = true;
};
struct Cancel {
  JobId job{};
};
struct Workers {};

}  // namespace command

using Command = std::variant<command::Run, command::Submit, command::List, command::Status,
                             command::Wait, command::Cancel, command::Workers>;

enum class Output { kText, kJson, kQuiet };

// How long a scheduler that was there may be away before a run, a wait or a submission gives up.
struct Patience {
  Duration silence = std::chrono::seconds(15);  // Without an answer it counts as lost.
  Duration absence = std::chrono::seconds(60);  // Lost for so long, it is given up.
};

struct Options {
  Command command;
  Output output = Output::kText;
  AccessOptions access;
  std::optional<Address> scheduler;           // Instead of the connection file's addresses.
  std::optional<std::string> connectionFile;  // Instead of the default one.
  Patience patience;                          // For tests to shorten.
};

// `arguments` without the program's name.
cli::ParseResult<Options> parseOptions(const std::vector<std::string>& arguments);

// The chunk size when none is given: a thousandth of the job, at least 10^6, at most the job.
std::uint64_t defaultChunkSize(std::uint64_t samples);

}  // namespace pi::client
