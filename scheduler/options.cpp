#include "scheduler/options.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "common/cli/values.h"

namespace pi {
namespace {

using std::string_view;
using namespace std::string_view_literals;

constexpr string_view kServeAbout =
    "SIGTERM and SIGINT stop the scheduler, too; logging out does not.  Its jobs stay in the state "
    "directory, and the next start continues them.";
constexpr string_view kStopAbout =
    "Stops the scheduler that the connection file names, and returns when it has ended.  Its jobs "
    "stay in the state directory, and the next start continues them.";
constexpr string_view kAccessAbout =
    "Prints a connection file with that role's key, for another user.  A file on stdout becomes "
    "private (0600).";

constexpr string_view kAuditAbout =
    "Audits one job, or all jobs that are over, in the state directory of a scheduler that does "
    "not run: without a gap and without an overlap, the counted ranges are all samples of the job, "
    "and their sums are those that were kept while it was computed.  Exit code 1 if not.  For a "
    "scheduler that runs, use pi-client audit.";

constexpr string_view kElasticAbout =
    "Shows the queues of the scheduler that the connection file names, with their allocations and "
    "node-hours; or pauses one, so that nothing is asked for and what is pending is given back; or "
    "resumes one, also one that the scheduler has paused after failures; or prints the commands "
    "that would ask for a worker.  Without NUMBER: all queues.  A client's key is not enough: it "
    "needs the owner's.";

constexpr std::array kServeExamples{
    "pi-scheduler > scheduler.log 2>&1 &"sv, "pi-scheduler --interface ib0 --idle-timeout 8h"sv,
    "pi-scheduler --elastic 'slurm: --partition=a' --workers-max 8"sv,
    "pi-scheduler --workers-max 4 --elastic local"sv};
constexpr std::array kStopExamples{"pi-scheduler stop --workers"sv};
constexpr std::array kAccessExamples{"pi-scheduler access worker > worker.json"sv,
                                     "pi-scheduler access client --rotate > client.json"sv};

constexpr std::array kElasticExamples{"pi-scheduler elastic list"sv,
                                      "pi-scheduler elastic pause 2 --reason maintenance"sv,
                                      "pi-scheduler elastic dry-run"sv};

constexpr std::array kAuditExamples{"pi-scheduler audit --state-dir ~/.local/state/pi"sv,
                                    "pi-scheduler audit 7 --json"sv};

constexpr std::array kCommands{
    cli::Command{.takesRest = true,
                 .summary = "give work to the workers, until it is told to stop",
                 .about = kServeAbout,
                 .examples = kServeExamples},
    cli::Command{.name = "stop",
                 .summary = "stop the scheduler, and with --workers its workers",
                 .about = kStopAbout,
                 .examples = kStopExamples},
    cli::Command{.name = "access",
                 .arguments = "ROLE",
                 .argumentsMin = 1,
                 .argumentsMax = 1,
                 .summary = "print a connection file with that role's key, for another user",
                 .about = kAccessAbout,
                 .examples = kAccessExamples},
    cli::Command{.name = "elastic",
                 .arguments = "ACTION [NUMBER]",
                 .argumentsMin = 1,
                 .argumentsMax = 2,
                 .summary = "list, pause or resume the queues from which workers are started",
                 .about = kElasticAbout,
                 .examples = kElasticExamples},
    cli::Command{.name = "audit",
                 .arguments = "[JOB]",
                 .argumentsMax = 1,
                 .summary = "prove from a state directory that each sample is counted once",
                 .about = kAuditAbout,
                 .examples = kAuditExamples},
};

constexpr std::array kRoleWords{"worker"sv, "client"sv, "owner"sv, "observer"sv};

constexpr std::array kPlaceholders{
    cli::Placeholder{"ACTION", "list, pause, resume or dry-run", kElasticActions},
    cli::Placeholder{"JOB", "the id of a job"},
    cli::Placeholder{"NUMBER", "a queue, in the order of list, counted from 1"},
    cli::Placeholder{"ROLE", "worker, client, owner or observer (who may only read the dashboard)",
                     kRoleWords},
    cli::Placeholder{"QUEUE",
                     "a batch system with the options of its command: 'slurm: --partition=a "
                     "--account=x' for sbatch, 'local: --threads 2' for pi-worker on this machine, "
                     "or slurm alone, with the options after -- at the end"},
    cli::kDurationPlaceholder,
};

template <auto read>
SchedulerOptions readAs(cli::Arguments& given) {
  return read(given);
}

// The options of a command, and the function that reads them.
struct Reader {
  string_view command;
  std::span<const cli::Option> (*options)();
  SchedulerOptions (*read)(cli::Arguments&);
};
constexpr std::array kReaders{
    Reader{"", serveOptionTable, readAs<readServeOptions>},
    Reader{"stop", stopOptionTable, readAs<readStopOptions>},
    Reader{"access", accessOptionTable, readAs<readAccessCommand>},
    Reader{"elastic", elasticCommandTable, readAs<readElasticCommand>},
    Reader{"audit", auditOptionTable, readAs<readAuditCommand>},
};
static_assert(kReaders.size() == std::variant_size_v<SchedulerOptions> &&
                  kReaders.size() == kCommands.size(),
              "a command is not read");

}  // namespace

cli::Program schedulerCommandTable() {
  cli::Program program{.name = "pi-scheduler",
                       .summary = "give the samples of jobs to workers, and add up what they find",
                       .commands = kCommands,
                       .placeholders = kPlaceholders,
                       .alternative = "nothing, to start a scheduler"};
  for (const Reader& reader : kReaders) {
    for (cli::Option option : reader.options()) {
      option.commands = {&reader.command, 1};
      program.options.push_back(option);
    }
  }
  return program;
}

cli::ParseResult<SchedulerOptions> parseSchedulerOptions(
    const std::vector<std::string>& arguments) {
  cli::Arguments given(schedulerCommandTable(), arguments);
  const auto* reader = std::ranges::find(kReaders, given.command(), &Reader::command);
  if (reader == kReaders.end()) return given.result(SchedulerOptions{});
  return given.result(reader->read(given));
}

}  // namespace pi
