#include "client/command_table.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/cli/access.h"
#include "common/cli/values.h"
#include "common/model/sampler.h"

namespace pi::client {
namespace {

using std::string_view;
using namespace std::string_view_literals;

constexpr std::array kRunExamples{"pi-client 1e12 1e9"sv, "pi-client run 1e10 --seed 42 --json"sv,
                                  "pi-client run 1e9 --local --threads 4"sv,
                                  "pi-client run --target-error 1e-10 --sampler sobol"sv};
constexpr std::array kSubmitExamples{"pi-client submit 1e15 --priority -5 --name night"sv};
constexpr std::array kListExamples{"pi-client list --state queued --state running"sv,
                                   "pi-client list --limit 20 --json"sv};
constexpr std::array kStatusExamples{"pi-client status 7"sv};
constexpr std::array kWaitExamples{"pi-client wait last --timeout 1h"sv,
                                   "pi-client wait 7 8 --json"sv};
constexpr std::array kExtendExamples{"pi-client extend 7 1e13"sv,
                                     "pi-client extend last 1e12 -q"sv};
constexpr std::array kScalingExamples{"pi-client scaling 1e11 --max-threads 64"sv,
                                      "pi-client scaling 1e11 --local"sv,
                                      "pi-client scaling 1e10 --weak --plot weak.svg"sv};
constexpr std::array kPriorityExamples{"pi-client priority 7 10"sv, "pi-client priority last -5"sv};
constexpr std::array kCancelExamples{"pi-client cancel 7"sv, "pi-client cancel all"sv};
constexpr std::array kWorkersExamples{"pi-client workers --scheduler tcp://login1:8786"sv};
constexpr std::array kDashboardExamples{"pi-client dashboard"sv, "pi-client dashboard --control"sv};
constexpr std::array kTraceExamples{"pi-client trace last -o trace.json"sv};
constexpr std::array kReportExamples{"pi-client report 7 -o report.html"sv};
constexpr std::array kAuditExamples{"pi-client audit last"sv, "pi-client audit 7 --json"sv};
constexpr std::array kTopExamples{"pi-client top"sv, "pi-client top --once"sv};
constexpr std::array kInfoExamples{"pi-client info --json"sv};
constexpr std::array kCheckExamples{"pi-client --check"sv, "pi-client check --json"sv};

constexpr string_view kRunAbout =
    "Submits a job, waits for it and prints the estimate of pi with its error.  Ctrl-C cancels the "
    "job.  If the client ends in another way, the job continues: pi-client wait finds it again.\n\n"
    "Without a connection file and without --scheduler, the client computes on the cores of this "
    "machine, and says so.";
constexpr string_view kWaitAbout =
    "Waits for the end of each job, in the order given, and prints its estimate of pi.  Ctrl-C "
    "stops waiting and prints the estimates so far; the jobs continue.  The exit code is 1 if one "
    "of them failed or was cancelled.";
constexpr string_view kExtendAbout =
    "Continues a finished job until it has SAMPLES samples in all, waits for it and prints the "
    "estimate of pi.  Only the new samples are computed, and the result is the one that a new job "
    "of that size would have.  A target error of the job is dropped.  Ctrl-C stops waiting and "
    "prints the estimate so far; the job continues.";
constexpr string_view kScalingAbout =
    "Runs the same job on 1, 2, 4, ... threads of all workers, in several rounds, and prints the "
    "speed-up, the efficiency, and the serial fraction of the work with its standard error.  "
    "Choose SAMPLES so that one thread computes for some seconds, and leave the workers alone "
    "meanwhile: a run beside other jobs, or during which workers come or go, is measured again.  "
    "GPUs take no part.\n\n"
    "With --local, or without a connection file and without --scheduler, it measures the threads "
    "of this machine.";
constexpr string_view kPriorityAbout =
    "N is a whole number from -2147483648 to 2147483647; jobs have 0 unless they were submitted "
    "with --priority.  Workers turn to the jobs with the highest priority as soon as they ask for "
    "more work, which "
    "takes a fraction of a second.  A job that is already over stays as it is: the command says "
    "so, and that is no error.";
constexpr string_view kDashboardAbout =
    "Prints a link that opens the dashboard in a browser on the scheduler's machine, and the ssh "
    "command that makes the same link work on another machine.  The link has a token: give it only "
    "to people who may see the jobs.  Address and token are in the connection file, so there is no "
    "--scheduler here.  On another machine, run the ssh command before you get a link with "
    "--control: such a link works once, within a minute.";
constexpr string_view kTraceAbout =
    "Writes which worker had which samples of the job, from when until when, in Chrome's trace "
    "event format: open the file at https://ui.perfetto.dev.  Each host is a process, each worker "
    "a thread, each lease a slice.  The scheduler remembers the last leases of each worker, and "
    "none from before its own start.";
constexpr string_view kReportAbout =
    "Writes a page about the job for a browser or a printer: the result with its error, how it "
    "converged, how fast it was, who computed it, and how to compute it again.  The page needs no "
    "other file and no network.  It says what the scheduler does not remember any more.";
constexpr string_view kAuditAbout =
    "Reads what the scheduler has saved of the job, and proves that the counted ranges cover all "
    "its samples without a gap and without an overlap, and that their sums agree with those that "
    "were kept while it was computed.  Exit code 1 if not, or if the job was not finished.\n\n"
    "The hash is the SHA-256 of five lines: stream_version, sampler, seed, samples and hits, each "
    "with its value; sobol has 16 numbers of hits.  It depends on nothing else, so anyone who "
    "computes the same samples gets the same hash.";
constexpr string_view kTopAbout =
    "Shows the jobs, the workers, how the selected job converges, and the scheduler's log, and "
    "keeps that up to date.  The key ? lists the keys: they sort, filter, select and cancel.  "
    "Where stdin or stdout is no terminal it prints one frame, as with --once: as wide as $COLUMNS "
    "and as high as $LINES.";
constexpr string_view kCheckAbout =
    "Reads the connection file, calls every address in it, and says of each whether it works, what "
    "happened if not, and the likely cause.  pi-client --check is the same, and pi-worker --check "
    "does it for a worker.  Exit code 0: an address works; 3: none does; 4: a scheduler answers, "
    "and refuses this client.";
constexpr string_view kCancelAbout =
    "Cancels the jobs.  Their results so far can still be read with pi-client status.  A job that "
    "is already over stays as it is: the command says so, and that is no error.";
constexpr string_view kListAbout =
    "Lists the jobs, the newest last.  On a terminal, columns for which there is no room are left "
    "out.";

constexpr std::array kCommands{
    cli::Command{.name = "run",
                 .arguments = "SAMPLES [CHUNK]",
                 .argumentsMax = 2,
                 .summary = "submit a job, wait for it, print the estimate of pi",
                 .about = kRunAbout,
                 .examples = kRunExamples},
    cli::Command{.name = "submit",
                 .arguments = "SAMPLES [CHUNK]",
                 .argumentsMax = 2,
                 .summary = "submit a job, print its id, do not wait",
                 .examples = kSubmitExamples},
    cli::Command{
        .name = "list", .summary = "list the jobs", .about = kListAbout, .examples = kListExamples},
    cli::Command{.name = "status",
                 .arguments = "JOB",
                 .argumentsMin = 1,
                 .argumentsMax = 1,
                 .summary = "print the present state of a job",
                 .examples = kStatusExamples},
    cli::Command{.name = "wait",
                 .arguments = "JOB...",
                 .argumentsMin = 1,
                 .argumentsMax = cli::kAnyNumber,
                 .summary = "wait for the end of jobs, print their estimates of pi",
                 .about = kWaitAbout,
                 .examples = kWaitExamples},
    cli::Command{.name = "extend",
                 .arguments = "JOB SAMPLES",
                 .argumentsMin = 2,
                 .argumentsMax = 2,
                 .summary = "continue a finished job to more samples, wait for it",
                 .about = kExtendAbout,
                 .examples = kExtendExamples},
    cli::Command{.name = "priority",
                 .arguments = "JOB N",
                 .argumentsMin = 2,
                 .argumentsMax = 2,
                 .takesNegative = true,
                 .summary = "change the priority of a job",
                 .about = kPriorityAbout,
                 .examples = kPriorityExamples},
    cli::Command{.name = "cancel",
                 .arguments = "JOB...",
                 .argumentsMin = 1,
                 .argumentsMax = cli::kAnyNumber,
                 .summary = "cancel jobs",
                 .about = kCancelAbout,
                 .examples = kCancelExamples},
    cli::Command{.name = "workers", .summary = "list the workers", .examples = kWorkersExamples},
    cli::Command{.name = "info",
                 .summary = "describe the scheduler: version, uptime, workers, disk, dashboard",
                 .examples = kInfoExamples},
    cli::Command{.name = "check",
                 .summary = "say whether the scheduler can be reached, and why not",
                 .about = kCheckAbout,
                 .examples = kCheckExamples},
    cli::Command{.name = "trace",
                 .arguments = "JOB",
                 .argumentsMin = 1,
                 .argumentsMax = 1,
                 .summary = "write the leases of a job as a trace for Perfetto",
                 .about = kTraceAbout,
                 .examples = kTraceExamples},
    cli::Command{.name = "report",
                 .arguments = "JOB",
                 .argumentsMin = 1,
                 .argumentsMax = 1,
                 .summary = "write a page about a job, for a browser or a printer",
                 .about = kReportAbout,
                 .examples = kReportExamples},
    cli::Command{.name = "audit",
                 .arguments = "JOB",
                 .argumentsMin = 1,
                 .argumentsMax = 1,
                 .summary = "prove that each sample of a job is counted once; who computed it",
                 .about = kAuditAbout,
                 .examples = kAuditExamples},
    cli::Command{.name = "dashboard",
                 .summary = "print the link to the dashboard",
                 .about = kDashboardAbout,
                 .examples = kDashboardExamples},
    cli::Command{.name = "top",
                 .summary = "watch the jobs and the workers in the terminal",
                 .about = kTopAbout,
                 .examples = kTopExamples},
    cli::Command{.name = "scaling",
                 .arguments = "SAMPLES",
                 .argumentsMin = 1,
                 .argumentsMax = 1,
                 .summary = "measure how the speed grows with the number of threads",
                 .about = kScalingAbout,
                 .examples = kScalingExamples},
};

constexpr std::array kJobWords{"last"sv};

constexpr std::array kPlaceholders{
    cli::Placeholder{"SAMPLES",
                     "the number of samples: 1000, 1_000_000, 1e9, 2.5e6, 10k, 10M, 10G "
                     "or 10T (k = 1000)"},
    cli::Placeholder{"CHUNK",
                     "the number of samples in a chunk (default: a thousandth of SAMPLES, at least "
                     "1e6; with --sampler sobol a block that is counted at once)"},
    cli::Placeholder{"JOB",
                     "the id of a job, or 'last' for the job that was submitted last; wait and "
                     "cancel take several, or 'all' for all jobs that are not over",
                     kJobWords},
    cli::Placeholder{"ADDR", "an address: tcp://HOST:PORT"},
    cli::kDurationPlaceholder,
};

constexpr string_view kAbout =
    "pi-client SAMPLES [CHUNK] is short for pi-client run SAMPLES [CHUNK].  Without a connection "
    "file and without --scheduler, run computes on this machine alone.";

// The commands that take an option.
constexpr std::array kRun{"run"sv};
constexpr std::array kLocal{"run"sv, "scaling"sv};
constexpr std::array kNew{"run"sv, "submit"sv};
constexpr std::array kStream{"run"sv, "submit"sv, "scaling"sv};
constexpr std::array kScaling{"scaling"sv};
constexpr std::array kWait{"wait"sv};
constexpr std::array kOnlyWait{"wait"sv, "extend"sv};
constexpr std::array kFollow{"run"sv, "wait"sv, "extend"sv};
constexpr std::array kSilence{"run"sv, "wait"sv, "extend"sv, "scaling"sv};
constexpr std::array kPatient{"run"sv, "submit"sv, "wait"sv, "extend"sv, "scaling"sv};
constexpr std::array kDashboard{"dashboard"sv};
constexpr std::array kDocuments{"trace"sv, "report"sv};
constexpr std::array kTop{"top"sv};
constexpr std::array kList{"list"sv};
constexpr std::array kTables{"list"sv, "workers"sv};
constexpr std::array kOneObject{"run"sv,       "submit"sv,  "list"sv,    "status"sv,
                                "extend"sv,    "scaling"sv, "workers"sv, "info"sv,
                                "dashboard"sv, "audit"sv,   "check"sv};

// The dashboard's token is in the connection file alone.
constexpr std::array kNoAddress{"dashboard"sv};

constexpr std::array kAutoWords{"auto"sv};
constexpr std::array kStateWords{"queued"sv, "running"sv, "finished"sv, "cancelled"sv, "failed"sv};

// The names of all samplers.
constexpr auto kSamplerWords = [] {
  std::array<string_view, kSamplers.size()> words;
  std::ranges::transform(kSamplers, words.begin(), [](Sampler sampler) { return name(sampler); });
  return words;
}();

constexpr string_view kSamplerHelp = "How the points are chosen: random or sobol";
static_assert(std::ranges::all_of(kSamplers,
                                  [](Sampler sampler) {
                                    return kSamplerHelp.find(name(sampler)) != string_view::npos;
                                  }),
              "--help does not name every sampler");

constexpr std::array kOptions{
    cli::Option{.name = "seed",
                .value = "N",
                .help = "Random seed, from 0 to 2^64 - 1; the same seed gives the same digits",
                .standard = "2017",
                .commands = kStream},
    cli::Option{.name = "sampler",
                .value = "NAME",
                .help = kSamplerHelp,
                .standard = "random",
                .commands = kStream,
                .words = kSamplerWords},
    cli::Option{.name = "target-error",
                .value = "E",
                .help =
                    "In place of SAMPLES: compute until the standard error of pi is at most E, "
                    "for example 1e-6; exit code 1 if it is not reached.  With sobol, the error "
                    "and the interval are given 1.2 times as large, because such a job ends "
                    "where they look small",
                .commands = kNew},
    cli::Option{.name = "max-samples",
                .value = "N",
                .help = "With --target-error: compute at most so many samples",
                .standard = "2^62",
                .commands = kNew},
    cli::Option{.name = "priority",
                .value = "N",
                .help = "Jobs with a higher priority run first; from -2147483648 to 2147483647",
                .standard = "0",
                .commands = kNew},
    cli::Option{.name = "name",
                .value = "TEXT",
                .help = "A name for the job, shown in lists",
                .commands = kNew},
    cli::Option{.name = "local",
                .help = "Compute on this machine, without a scheduler",
                .commands = kLocal},
    cli::Option{.name = "threads",
                .value = "N",
                .help = "Threads of a local run; auto: one for each usable CPU",
                .standard = "auto",
                .commands = kRun,
                .words = kAutoWords},
    cli::Option{.name = "max-threads",
                .value = "N",
                .help = "The largest number of threads; auto: those of all workers, or locally one "
                        "for each usable CPU",
                .standard = "auto",
                .commands = kScaling,
                .words = kAutoWords},
    cli::Option{.name = "max-threads",
                .value = "N",
                .help = "At most so many threads of the workers compute the job at one time, and "
                        "no GPU; auto: no limit",
                .standard = "auto",
                .commands = kNew,
                .words = kAutoWords},
    cli::Option{.name = "weak",
                .help = "Weak scaling: SAMPLES for each thread, and Gustafson's law; without it "
                        "SAMPLES for all together, and Amdahl's law",
                .commands = kScaling},
    cli::Option{.name = "rounds",
                .value = "N",
                .help = "How often each number of threads is measured; the median counts",
                .standard = "5",
                .commands = kScaling},
    cli::Option{.name = "plot",
                .value = "FILE",
                .help = "Write the speed-up as an SVG picture to this file",
                .commands = kScaling},
    cli::Option{.name = "wait-workers",
                .value = "N",
                .help = "Submit the job when the scheduler has at least N workers; the time until "
                        "then is a part of --timeout",
                .standard = "submit at once",
                .commands = kRun},
    cli::Option{.name = "timeout",
                .value = "D",
                .help = "Cancel the job after this time and print what is known; exit code 5",
                .standard = "none",
                .commands = kRun},
    cli::Option{
        .name = "timeout",
        .value = "D",
        .help = "Stop waiting after this time and print the estimates so far; the jobs continue; "
                "exit code 5",
        .standard = "none",
        .commands = kOnlyWait},
    cli::Option{.name = "state",
                .value = "S",
                .help = "Only jobs in this state: queued, running, finished, cancelled or failed; "
                        "give it again for another state",
                .commands = kList,
                .words = kStateWords},
    cli::Option{.name = "limit",
                .value = "N",
                .help = "Only the newest N of these jobs",
                .standard = "all",
                .commands = kList},
    cli::Option{.name = "wide",
                .help = "Show all columns, whatever the width of the terminal is",
                .commands = kTables},
    cli::Option{.name = "once", .help = "Print one frame and end", .commands = kTop},
    cli::Option{.name = "control",
                .help = "A link that may also submit and cancel jobs, for eight hours; it works "
                        "once, within a minute",
                .commands = kDashboard},
    cli::Option{.name = "token",
                .help = "With --control: print a token for programs, as 'Authorization: Bearer' "
                        "takes it, valid for eight hours",
                .commands = kDashboard},
    cli::Option{.name = "output",
                .value = "FILE",
                .help = "Write to this file; -: to stdout",
                .standard = "-",
                .letter = 'o',
                .commands = kDocuments},
    cli::Option{.name = "json",
                .help = "Print one JSON object on one line",
                .letter = 'j',
                .commands = kOneObject},
    cli::Option{.name = "json",
                .help = "Print one JSON object for each job, each on its own line",
                .letter = 'j',
                .commands = kWait},
    cli::Option{
        .name = "quiet", .help = "Print only the estimate", .letter = 'q', .commands = kFollow},
    cli::Option{.name = "no-progress",
                .help = "Do not print progress on stderr; run still prints the job's id there",
                .commands = kFollow},
    cli::Option{.name = "scheduler",
                .value = "ADDR",
                .help = "Address of the scheduler",
                .standard = "from the connection file",
                .notFor = kNoAddress},
    cli::kConnectionFileOption,
    cli::kInsecureOption,
    cli::kTlsCertOption,
    cli::kTlsKeyOption,
    cli::kTlsCaOption,
    cli::Option{.name = "silence-timeout",
                .value = "D",
                .help = "A scheduler without an answer for this time is lost",
                .standard = "15s",
                .commands = kSilence,
                .audience = cli::Audience::kTests},
    cli::Option{.name = "absence-timeout",
                .value = "D",
                .help = "Try to reconnect to a lost scheduler for this time",
                .standard = "60s",
                .commands = kPatient,
                .audience = cli::Audience::kTests},
};

}  // namespace

cli::Program commandTable() {
  return {
      .name = "pi-client",
      .summary = "estimate pi on a cluster, and look after the jobs",
      .commands = kCommands,
      .options = {kOptions.begin(), kOptions.end()},
      .placeholders = kPlaceholders,
      .about = kAbout,
      .shorthand = "run",
      // A word that begins like a number.
      .meansShorthand = [](string_view word) { return word.find_first_of("0123456789") < 2; },
      .alternative = "a number of samples",
      .wordless = "give the number of samples, for example pi-client 1e9; see pi-client --help"};
}

}  // namespace pi::client
