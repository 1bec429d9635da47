#include "packaging/manual_facts.h"

#include <array>

namespace pi::packaging {
namespace {

using cli::Placeholder;

constexpr std::array kClientExits{
    Placeholder{"0", "Done."},
    Placeholder{"1", "The job failed or was cancelled, or anything that has no code of its own."},
    Placeholder{"2", "The command line is wrong."},
    Placeholder{"3", "No scheduler is reachable."},
    Placeholder{"4", "The scheduler refuses this client: its key is missing or wrong."},
    Placeholder{"5", "The time of --timeout is over."},
    Placeholder{"130", "Interrupted, by Ctrl-C."},
};
constexpr std::array kWorkerExits{
    Placeholder{"0", "The worker was told to end, or its lifetime is over; all is reported."},
    Placeholder{"1", "The kernel or a device fails, or anything that has no code of its own."},
    Placeholder{"2", "The command line is wrong."},
    Placeholder{"3", "No scheduler was found within the death timeout."},
    Placeholder{"4", "The scheduler refuses this worker: its key is missing or wrong."},
};
constexpr std::array kSchedulerExits{
    Placeholder{"0", "Stopped in order."},
    Placeholder{"1", "It could not start, could not save its jobs, or found an audit wrong."},
    Placeholder{"2", "The command line is wrong."},
    Placeholder{"3", "stop and elastic: no scheduler is reachable."},
    Placeholder{"4", "stop and elastic: the scheduler refuses this user."},
};

constexpr Placeholder kConnectionFile{
    "PI_CONNECTION_FILE", "The connection file, if the option --connection-file is not given."};
constexpr Placeholder kStateHome{
    "XDG_STATE_HOME", "The folder in which pi/scheduler.json is, by default ~/.local/state."};
constexpr Placeholder kColumns{"COLUMNS", "The width of printed text."};

constexpr std::array kClientEnvironment{
    kConnectionFile,
    kStateHome,
    kColumns,
    Placeholder{"LINES", "The height of a frame of pi-client top that is no terminal's."},
    Placeholder{"NO_COLOR", "If it is set and not empty, there is no colour."},
};
constexpr std::array kWorkerEnvironment{
    kConnectionFile,
    kStateHome,
    Placeholder{"PI_END_TIME",
                "When the batch job of the worker ends, in seconds since 1970; it takes no work "
                "that it could not finish before.  SLURM_JOB_END_TIME means the same."},
    Placeholder{"CUDA_VISIBLE_DEVICES", "The GPUs that the worker may use."},
};
constexpr std::array kSchedulerEnvironment{
    kConnectionFile,
    kStateHome,
    Placeholder{"PI_WORKER",
                "The pi-worker that --elastic starts, by default the one beside pi-scheduler."},
    Placeholder{"SLURM_CLUSTERS, SLURM_CONF",
                "Where Slurm is, for --elastic; as Slurm's own programs understand them."},
};

constexpr std::array kSharedFiles{
    Placeholder{"~/.local/state/pi/scheduler.json",
                "The connection file: the addresses of the scheduler, and the keys for it."},
};
constexpr std::array kSchedulerFiles{
    kSharedFiles[0],
    Placeholder{"~/.local/state/pi/", "The state directory: jobs and keys."},
    Placeholder{"~/.local/state/pi/worker-logs/",
                "The output of the workers that --elastic starts, a file for each of them."},
};

template <std::size_t client, std::size_t worker, std::size_t scheduler>
std::span<const Placeholder> choose(std::string_view program,
                                    const std::array<Placeholder, client>& ofClient,
                                    const std::array<Placeholder, worker>& ofWorker,
                                    const std::array<Placeholder, scheduler>& ofScheduler) {
  if (program == "pi-client") return ofClient;
  if (program == "pi-worker") return ofWorker;
  if (program == "pi-scheduler") return ofScheduler;
  return {};
}

}  // namespace

std::span<const Placeholder> exitCodesOf(std::string_view program) {
  return choose(program, kClientExits, kWorkerExits, kSchedulerExits);
}

std::span<const Placeholder> environmentOf(std::string_view program) {
  return choose(program, kClientEnvironment, kWorkerEnvironment, kSchedulerEnvironment);
}

std::span<const Placeholder> filesOf(std::string_view program) {
  return choose(program, kSharedFiles, kSharedFiles, kSchedulerFiles);
}

}  // namespace pi::packaging
