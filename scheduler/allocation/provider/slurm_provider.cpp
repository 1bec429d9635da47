#include "scheduler/allocation/provider/slurm_provider.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "scheduler/allocation/provider/worker_script.h"
#include "scheduler/allocation/text/slurm_answers.h"
#include "scheduler/allocation/text/slurm_command.h"
#include "scheduler/allocation/text/slurm_errors.h"

namespace pi::allocation {
namespace {

using Kind = BatchFailure::Kind;

BatchFailure asUnclear(std::string sentence) {
  return {.sentence = std::move(sentence), .kind = Kind::kUnclear};
}

}  // namespace

SlurmProvider::SlurmProvider(net::KjLoop& loop, WorkerStart start,
                             std::vector<std::string> environment, Duration timeout)
    : loop_(loop),
      start_(std::move(start)),
      environment_(std::move(environment)),
      timeout_(timeout),
      logs_(start_) {}

kj::Promise<SlurmProvider::Outcome> SlurmProvider::run(Turns& turns, net::Command command) {
  return turns.run([&loop = loop_, command = std::move(command)]() mutable {
    return net::runCommand(loop, std::move(command));
  });
}

net::Command SlurmProvider::query(Words words) const {
  return {.argv = std::move(words),
          .environment = queryEnvironment(environment_),
          .timeout = timeout_,
          .outputBytesMax = kBatchAnswerBytesMax};
}

std::optional<BatchFailure> SlurmProvider::failureOf(const std::string& program,
                                                     const Outcome& outcome) const {
  if (!outcome.hasValue()) {
    return slurmNotStarted(program, outcome.error().isMissing(), outcome.error().what());
  }
  using End = net::CommandResult::End;
  switch (outcome->end) {
    case End::kExited:
      if (outcome->code == 0) return std::nullopt;
      return slurmFailure(program, outcome->errors);
    case End::kSignalled:
      return asUnclear("signal " + std::to_string(outcome->code) + " ended " + program);
    case End::kTimedOut:
      return asUnclear(program + " did not end within " + durationText(timeout_));
    case End::kTooMuchOutput:
      return asUnclear(program + " printed too much to be read");
  }
  return std::nullopt;
}

kj::Promise<std::variant<AllocationProvider::Submitted, BatchFailure>> SlurmProvider::submit(
    const AllocationRequest& request) {
  using Answer = std::variant<Submitted, BatchFailure>;
  if (auto failure = logs_.prepare()) return Answer(*std::move(failure));
  net::Command command{.argv = submitWords(request, start_),
                       .input = std::string(kWorkerScript),
                       .environment = submitEnvironment(environment_, request, start_),
                       .timeout = timeout_,
                       .outputBytesMax = kBatchAnswerBytesMax};
  return run(orders_, std::move(command)).then([this](Outcome&& outcome) -> Answer {
    if (auto failure = failureOf("sbatch", outcome)) return *std::move(failure);
    if (auto id = jobIdIn(outcome->output)) return Submitted{*std::move(id)};
    return asUnclear("sbatch did not print the id of the job, but " + quoted(outcome->output));
  });
}

kj::Promise<std::variant<std::vector<BatchStatus>, BatchFailure>> SlurmProvider::list() {
  using Answer = std::variant<std::vector<BatchStatus>, BatchFailure>;
  net::Command command = query(listWords());
  command.outputBytesMax = kBatchListBytesMax;
  return run(orders_, std::move(command)).then([this](Outcome&& outcome) -> Answer {
    if (auto failure = failureOf("squeue", outcome)) {
      if (failure->kind == Kind::kUnclear) failure->kind = Kind::kUnreachable;
      return *std::move(failure);
    }
    SlurmList list = readList(outcome->output);
    logUnknown(list.unknownStates);
    for (BatchStatus& job : list.jobs) logs_.point(job);
    return std::move(list.jobs);
  });
}

kj::Promise<std::optional<BatchFailure>> SlurmProvider::cancel(const std::vector<std::string>& ids,
                                                               Which which) {
  using Answer = std::optional<BatchFailure>;
  if (ids.empty()) return Answer();
  net::Command command = query(cancelWords(ids, which == Which::kPending));
  return run(orders_, std::move(command)).then([this](Outcome&& outcome) -> Answer {
    auto failure = failureOf("scancel", outcome);
    bool isOver = failure && outcome.hasValue() &&
                  outcome->end == net::CommandResult::End::kExited && meansOver(outcome->errors);
    return isOver ? std::nullopt : failure;
  });
}

kj::Promise<std::optional<BatchStatus>> SlurmProvider::causeOf(const std::string& id) {
  using Answer = std::optional<BatchStatus>;
  return run(causes_, query(recentJobWords(id)))
      .then([this, id](Outcome&& recent) -> kj::Promise<Answer> {
        Answer status;
        if (!failureOf("scontrol", recent)) status = jobInScontrol(recent->output);
        if (status) return status;
        return run(causes_, query(pastJobWords(id))).then([this](Outcome&& past) -> Answer {
          return failureOf("sacct", past) ? std::nullopt : jobInSacct(past->output);
        });
      })
      .then([this](Answer status) {
        if (status) logs_.point(*status);
        return status;
      });
}

std::string SlurmProvider::describe(const AllocationRequest& request) const {
  return submitText(request, start_);
}

void SlurmProvider::logUnknown(const std::vector<std::string>& states) {
  for (const std::string& state : states) {
    if (!loggedStates_.insert(state).second) continue;
    spdlog::warn("Slurm has jobs in the state {}, which this program does not know; it asks again",
                 state);
  }
}

}  // namespace pi::allocation
