// The command line of pi-client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/scaling_fit.h"
#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/cli/arguments.h"
#include "common/cli/values.h"
#include "common/model/access.h"
#include "common/model/ids.h"
#include "common/model/job.h"

namespace pi::client {

// The jobs that a command is for.
struct JobChoice {
  bool all = false;          // All jobs that are not over; `ids` is empty then.
  std::vector<JobId> ids{};  // Here and below, id 0 means the job submitted last.
};

namespace command {

struct Run {
  JobSpec spec{};
  bool local = false;         // --local was given.
  std::uint32_t threads = 0;  // For a local run; 0: one for each CPU.
  Duration timeout{};         // Then the job is cancelled; 0: no timeout.
  bool progress = true;
  std::uint64_t waitWorkers = 0;  // Submit the job when there are so many workers; 0: at once.
};
struct Submit {
  JobSpec spec{};
};
struct List {
  std::vector<JobState> states{};  // Only jobs in one of these states; empty: in any.
  std::size_t limit = 0;           // Only the newest ones; 0: all.
  bool wide = false;               // All columns, whatever the terminal's width is.
};
struct Status {
  JobId job{};
};
struct Wait {
  JobChoice jobs;
  Duration timeout{};  // Then the client stops waiting; 0: no timeout.
  bool progress = true;
};
struct Extend {
  JobId job{};
  std::uint64_t samples = 0;  // In all.
  Duration timeout{};         // Then the client stops waiting; 0: no timeout.
  bool progress = true;
};
struct Scaling {
  JobSpec spec{};      // Its samples are for one thread if the mode is weak.
  bool local = false;  // --local was given.
  ScalingMode mode = ScalingMode::kStrong;
  std::uint32_t maxThreads = 0;  // 0: those of all workers; or locally, one for each CPU.
  std::uint64_t rounds = 5;
  std::optional<std::string> plot{};  // The file for the plot.
};
struct Priority {
  JobId job{};
  std::int32_t priority = 0;
};
struct Cancel {
  JobChoice jobs;
};
struct Audit {
  JobId job{};
};
struct Workers {
  bool wide = false;
};
struct Info {};
struct Check {};
struct Dashboard {
  bool control = false;  // The link may also change something.
  bool token = false;    // With control: print a secret for programs instead of a link.
};

struct Trace {
  JobId job{};
  std::string file = "-";  // For the trace; "-" is stdout, here and below.
};
struct Report {
  JobId job{};
  std::string file = "-";
};
struct Top {
  bool once = false;  // Print one frame and end.
};

}  // namespace command

using Command =
    std::variant<command::Run, command::Submit, command::List, command::Status, command::Wait,
                 command::Extend, command::Scaling, command::Priority, command::Cancel,
                 command::Workers, command::Info, command::Dashboard, command::Trace,
                 command::Report, command::Audit, command::Top, command::Check>;

enum class Output { kText, kJson, kQuiet };

// When run, wait and submit reconnect to a lost scheduler, and when they give up.
struct ReconnectLimits {
  Duration silence = std::chrono::seconds(15);  // Without an answer for this long, it is lost.
  Duration absence = std::chrono::seconds(60);  // Lost for this long, the client gives up.
  // A connection that is lost earlier did not work: its loss is not reported, and the backoff
  // continues.
  Duration working = std::chrono::seconds(1);
};

struct Options {
  Command command;
  Output output = Output::kText;
  AccessOptions access;
  std::optional<Address> scheduler;  // Used instead of the addresses in the connection file.
  std::optional<std::string> connectionFile;  // Used instead of the default path.
  ReconnectLimits reconnect;                  // Tests shorten them.
};

// `arguments` does not include the program's name.
cli::ParseResult<Options> parseOptions(const std::vector<std::string>& arguments);

}  // namespace pi::client
