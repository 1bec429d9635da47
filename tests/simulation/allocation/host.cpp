#include "tests/simulation/allocation/host.h"

#include <cstdio>
#include <utility>
#include <variant>

namespace pi::simulation {
namespace {

using namespace std::chrono_literals;
using namespace allocation;

// As Elastic waits at a stop.
constexpr Duration kStopTimeout = 5s;
constexpr Duration kBetweenLooks = 100ms;

// A submission that is carried out without an answer is so after this time at the latest.
constexpr Duration kLandsWithin = 1min;

BatchFailure failure(BatchFailure::Kind kind) {
  return {.sentence = "sbatch: error: it rains", .kind = kind};
}

}  // namespace

Host::Host(std::uint64_t seed, BatchWorld& world, AllocationJudge& judge, bool isTraced)
    : world_(world),
      judge_(judge),
      random_(seed, Random::Purpose::kScheduler),
      isTraced_(isTraced) {
  start();
}

void Host::start() {
  Saved saved;
  for (const auto& [name, row] : rows_) {
    saved.allocations.push_back(row.row);
    saved.allocations.back().age += now() - row.savedAt;
  }
  for (const auto& [name, queue] : queues_) saved.queues.push_back(queue);
  judge_.noteStart();
  cancelling_ = 0;
  isSaving_ = isStopping_ = false;
  std::vector<QueueOptions> queues = world_.weather().queues;
  if (world_.strikes(Mishap::kOtherLimit)) {
    for (QueueOptions& queue : queues) queue.workerTimeLimit = 5min + random_.upTo(1h);
  }
  provisioner_ = std::make_unique<Provisioner>(
      Settings{}, queues, Provisioner::Naming{.prefix = "pi-5f3a", .epoch = ++epoch_}, saved,
      now());
}

void Host::crash() {
  trace("the scheduler dies");
  provisioner_.reset();
  start();
}

void Host::stopAndStart() {
  if (std::exchange(isStopping_, true)) return;
  trace("the scheduler stops");
  handle(event::Stopping{});
  awaitStop(now() + kStopTimeout);
}

void Host::awaitStop(Instant latest) {
  bool isDone = provisioner_->hasStopped() && cancelling_ == 0 && !isSaving_;
  if (isDone) judge_.checkGivenBack();
  if (isDone || now() >= latest) {
    trace(isDone ? "it has stopped" : "it stops, and leaves the rest to the next start");
    start();
    return;
  }
  world_.timeline().after(kBetweenLooks, [this, latest, epoch = epoch_] {
    if (epoch == epoch_) awaitStop(latest);
  });
}

void Host::handle(const Event& event) {
  judge_.note(event);
  if (std::holds_alternative<event::Committed>(event)) isSaving_ = false;
  Actions actions = provisioner_->handle(event, now());
  provisioner_->checkInvariants();
  for (const Action& action : actions) {
    judge_.note(action, rows_.size());
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
}

void Host::observe() {
  world_.compute();
  handle(event::Observed{.demand = world_.demand(), .workers = world_.workers()});
}

void Host::answer(Duration delay, Event event) {
  world_.timeline().after(delay, [this, epoch = epoch_, event = std::move(event)] {
    if (epoch == epoch_) handle(event);
  });
}

void Host::perform(const action::Commit& commit) {
  isSaving_ = true;
  Duration takes = world_.strikes(Mishap::kSlowDisk) ? random_.upTo(20s) : random_.upTo(50ms);
  world_.timeline().after(takes,
                          [this, changes = commit.changes, epoch = epoch_, handedOver = now()] {
                            if (epoch != epoch_) return;  // It died before.
                            write(changes, handedOver);
                            // It may die after this, and before it knows.
                            answer(random_.upTo(1s), event::Committed{});
                          });
}

void Host::write(const Changes& changes, Instant savedAt) {
  for (const SavedAllocation& row : changes.put) {
    rows_.insert_or_assign(row.name, SavedRow{.row = row, .savedAt = savedAt});
  }
  for (const std::string& name : changes.erased) rows_.erase(name);
  for (const SavedQueue& queue : changes.queues) queues_.insert_or_assign(queue.name, queue);
}

void Host::perform(const action::Submit& submit) {
  trace("submit " + submit.request.name);
  judge_.noteSubmission(submit.request.name, rows_.contains(submit.request.name));
  const std::string& name = submit.request.name;
  auto carryOut = [this, submit] {
    std::string id = world_.submit(submit.system, submit.request);
    trace(submit.request.name + " is " + id);
    return id;
  };
  if (world_.strikes(Mishap::kRefuse)) {
    answer(world_.latency(), event::SubmitFailed{name, failure(BatchFailure::Kind::kRefused)});
  } else if (world_.strikes(Mishap::kUnreachable)) {
    answer(world_.latency(), event::SubmitFailed{name, failure(BatchFailure::Kind::kUnreachable)});
  } else if (world_.strikes(Mishap::kUnclearNotDone)) {
    answer(30s, event::SubmitFailed{name, failure(BatchFailure::Kind::kUnclear)});
  } else if (world_.strikes(Mishap::kUnclearDone)) {
    world_.timeline().after(random_.upTo(30s + kLandsWithin), [carryOut] { carryOut(); });
    answer(30s, event::SubmitFailed{name, failure(BatchFailure::Kind::kUnclear)});
  } else {
    // The batch system carries it out even if the scheduler dies meanwhile.
    world_.timeline().after(world_.latency(), [this, name, carryOut, epoch = epoch_] {
      std::string id = carryOut();
      if (epoch == epoch_) answer(world_.latency(), event::Submitted{name, id});
    });
  }
}

void Host::perform(const action::List& list) {
  judge_.noteListing(list.system, now());
  if (world_.strikes(Mishap::kListFails)) {
    answer(world_.latency(), event::ListFailed{list.system, failure(BatchFailure::Kind::kUnclear)});
    return;
  }
  Duration takes = world_.strikes(Mishap::kListSlow) ? random_.upTo(30s) : world_.latency();
  world_.timeline().after(takes, [this, system = list.system, epoch = epoch_] {
    if (epoch != epoch_) return;
    event::Listed listed{.system = system, .statuses = world_.list(system)};
    Duration back = world_.latency();
    listed.calendar = WallTime{} + (now() + back - Instant{});
    answer(back, std::move(listed));
  });
}

void Host::perform(const action::Cancel& cancel) {
  for (const std::string& id : cancel.ids) {
    trace((cancel.isPendingOnly ? "cancel, if pending, " : "cancel ") + id);
    if (!cancel.isPendingOnly) judge_.noteEnded(id);
  }
  ++cancelling_;
  bool fails = world_.strikes(Mishap::kCancelFails);
  bool isIgnored = !fails && world_.strikes(Mishap::kCancelIgnored);
  world_.timeline().after(world_.latency(), [this, cancel, fails, isIgnored, epoch = epoch_] {
    for (const std::string& id : cancel.ids) {
      if (isIgnored) world_.ignoreCancel(id);
      if (!fails && !isIgnored) world_.cancel(id, cancel.isPendingOnly);
    }
    if (epoch != epoch_) return;
    --cancelling_;
    if (!fails) return;
    handle(event::CancelFailed{.system = cancel.system,
                               .ids = cancel.ids,
                               .failure = failure(BatchFailure::Kind::kUnreachable)});
  });
}

void Host::perform(const action::AskCause& ask) {
  event::CauseFound found{.name = ask.name};
  const TrueJob* job = world_.find(ask.id);
  if (!world_.strikes(Mishap::kNoCause) && job != nullptr) {
    found.status = BatchStatus{.name = job->name,
                               .id = job->id,
                               .state = BatchState::kEnded,
                               .reason = job->endReason,
                               .hasFailed = job->hasFailed};
  }
  answer(world_.latency(), std::move(found));
}

void Host::perform(const action::Drain& drain) {
  trace("drain " + drain.name);
  world_.drain(drain.name);
}

void Host::perform(const action::Tell& tell) {
  trace((tell.level == action::Tell::Level::kWarning ? "WARNING: " : "log: ") + tell.text);
}

void Host::trace(const std::string& line) const {
  if (!isTraced_) return;
  std::printf("%10.3f  %s\n", seconds(now() - Instant{}), line.c_str());
}

}  // namespace pi::simulation
