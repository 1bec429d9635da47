#include "scheduler/allocation/core/provisioner.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/base/check.h"
#include "scheduler/allocation/core/census.h"

namespace pi::allocation {
namespace {

std::vector<Queue> makeQueues(const std::vector<QueueOptions>& options, const Saved& saved) {
  std::vector<Queue> queues;
  for (const QueueOptions& one : options) {
    auto row = std::ranges::find(saved.queues, nameOf(one), &SavedQueue::name);
    bool isNew = row == saved.queues.end();
    Queue& queue = queues.emplace_back(one, isNew ? NodeTime::zero() : row->spent);
    if (!isNew && row->pausedBecause) queue.pause(*row->pausedBecause);
  }
  return queues;
}

}  // namespace

Provisioner::Provisioner(const Settings& settings, const std::vector<QueueOptions>& queues,
                         Naming naming, const Saved& saved, Instant now)
    : settings_(settings),
      queues_(makeQueues(queues, saved)),
      ledger_(queues_, saved.queues),
      book_(std::move(naming.prefix), naming.epoch),
      lister_(settings_),
      endings_(settings_, book_, queues_, ledger_, orders_),
      contacts_(settings_, book_, queues_, endings_, lister_, orders_),
      reconciler_(settings_, book_, endings_, orders_),
      planner_(settings_, book_, queues_, orders_),
      dismissals_(settings_, book_, orders_) {
  restore(saved, now);
}

void Provisioner::restore(const Saved& saved, Instant now) {
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    if (!queues_[i].pausedBecause()) continue;
    orders_.warn(queues_[i].name() +
                 " is paused since an earlier start: " + *queues_[i].pausedBecause() +
                 "; to resume it, run: pi-scheduler elastic resume " + std::to_string(i + 1));
  }
  for (const SavedAllocation& row : saved.allocations) {
    if (!book_.isOurs(row.name)) continue;
    auto queue = std::ranges::find(queues_, row.queue, &Queue::name);
    Allocation allocation{.name = row.name,
                          .queueName = row.queue,
                          .system = row.queue.substr(0, row.queue.find(':')),
                          .id = row.id,
                          .timeLimit = QueueOptions{}.workerTimeLimit,
                          .stage = row.stage,
                          .since = now,
                          .wish = row.wish,
                          .wishedAt = now,
                          .contactAt = now,
                          .used = row.used,
                          .run = row.run,
                          .chargedUntil = now - row.age,
                          .chargeSavedAt = now};
    if (queue != queues_.end()) {
      allocation.queue = static_cast<std::size_t>(queue - queues_.begin());
      allocation.timeLimit = queue->options().workerTimeLimit;
    }
    // The queue's limit may be another one now, and the batch system keeps that of the submission.
    if (row.timeLimit > Duration::zero()) allocation.timeLimit = row.timeLimit;
    // The scheduler may have ended before it saved that the submission was under way.
    bool isSubmitted = row.stage != Stage::kPlanned && row.stage != Stage::kSubmitting;
    if (!isSubmitted) allocation.stage = Stage::kUnclear;
    book_.restore(std::move(allocation));
  }
}

Actions Provisioner::handle(const Event& event, Instant now) {
  std::visit([this, now](const auto& happened) { on(happened, now); }, event);
  conclude(now);
  return orders_.take();
}

void Provisioner::conclude(Instant now) {
  if (isStopping_) {
    planner_.giveAllBack(now);
  } else if (demand_) {
    planner_.plan(*demand_, now);
  }
  dismissals_.perform(now);
  submitSaved(now);
  if (auto changes = book_.beginCommit(ledger_.unsaved(), now)) {
    orders_.add(action::Commit{.changes = std::move(*changes)});
  }
  std::set<std::string> occupied;
  for (const auto& [name, allocation] : book_.rows()) {
    if (allocation.stage != Stage::kPlanned) occupied.insert(allocation.system);
  }
  for (const std::string& system : lister_.begin(systems(), occupied, now)) {
    orders_.add(action::List{.system = system});
  }
}

void Provisioner::submitSaved(Instant now) {
  for (auto& [name, allocation] : book_.rows()) {
    if (allocation.stage != Stage::kPlanned || allocation.row != Allocation::Row::kSaved) continue;
    if (isStopping_) continue;
    PI_CHECK(allocation.queue.has_value());
    const QueueOptions& options = queues_[*allocation.queue].options();
    book_.setStage(allocation, Stage::kSubmitting, now);
    allocation.chargedUntil = now;
    orders_.add(action::Submit{
        .system = options.system,
        .request = {
            .name = name, .arguments = options.arguments, .timeLimit = options.workerTimeLimit}});
  }
}

void Provisioner::on(const event::Observed& observed, Instant now) {
  demand_ = observed.demand;
  // A client that waits for workers wants them also if the work is done before they start.
  if (demand_->workersAwaited > 0) demand_->timeLeft.reset();
  contacts_.observe(observed.workers, now);
}

void Provisioner::on(const event::Listed& listed, Instant now) {
  if (lister_.failures(listed.system) > 0) orders_.tell(listed.system + " answers again");
  Instant begunAt = lister_.lastBegun(listed.system);
  bool hasNews = reconciler_.apply(listed, begunAt, now);
  lister_.noteListed(listed.system, hasNews);
}

void Provisioner::on(const event::ListFailed& failed, Instant) {
  if (lister_.failures(failed.system) == 0) {
    orders_.warn(failed.system + " does not list its allocations: " + failed.failure.sentence);
  }
  lister_.noteFailed(failed.system, failed.failure.sentence);
}

void Provisioner::on(const event::Submitted& submitted, Instant now) {
  Allocation* allocation = book_.find(submitted.name);
  if (allocation == nullptr) return;  // A listing has shown its end already.
  if (allocation->queue) queues_[*allocation->queue].noteSubmitted();
  lister_.hurry(allocation->system);
  allocation->id = submitted.id;
  book_.touch(*allocation);
  bool isWaiting = allocation->stage == Stage::kSubmitting || allocation->stage == Stage::kUnclear;
  if (isWaiting) book_.setStage(*allocation, Stage::kPending, now);
  orders_.tell(label(*allocation) + " is submitted");
}

void Provisioner::on(const event::SubmitFailed& failed, Instant now) {
  Allocation* allocation = book_.find(failed.name);
  if (allocation == nullptr || allocation->stage != Stage::kSubmitting) return;  // It is listed.
  using Kind = BatchFailure::Kind;
  std::optional<std::size_t> queue = allocation->queue;
  std::string sentence = failed.failure.sentence;
  if (failed.failure.kind == Kind::kUnclear) {
    book_.setStage(*allocation, Stage::kUnclear, now);
    lister_.hurry(allocation->system);
  } else {
    endings_.drop(*allocation);
  }
  endings_.fail(queue,
                failed.failure.kind == Kind::kRefused ? Queue::Failure::kRefused
                                                      : Queue::Failure::kUnreachable,
                sentence, now);
}

void Provisioner::on(const event::CancelFailed& failed, Instant) {
  dismissals_.noteRefused(failed.system, failed.ids);
  orders_.warn(failed.system + " does not cancel: " + failed.failure.sentence);
}

void Provisioner::on(const event::CauseFound& found, Instant now) {
  endings_.causeFound(found.name, found.status, now);
}

void Provisioner::on(const event::Committed&, Instant) { book_.finishCommit(); }

void Provisioner::on(const event::QueuePaused& paused, Instant) {
  Queue& queue = queues_.at(paused.queue);
  queue.pause(paused.reason);
  ledger_.touch(queue);
  orders_.tell(queue.name() + " is paused: " + paused.reason);
}

void Provisioner::on(const event::QueueResumed& resumed, Instant) {
  Queue& queue = queues_.at(resumed.queue);
  queue.resume();
  ledger_.touch(queue);
  orders_.tell(queue.name() + " is resumed");
}

void Provisioner::on(const event::Stopping&, Instant) {
  isStopping_ = true;
  dismissals_.hurry();
}

std::set<std::string> Provisioner::systems() const {
  std::set<std::string> systems;
  for (const Queue& queue : queues_) systems.insert(queue.options().system);
  for (const auto& [name, allocation] : book_.rows()) {
    if (!allocation.system.empty()) systems.insert(allocation.system);
  }
  return systems;
}

bool Provisioner::hasStopped() const {
  return isStopping_ && std::ranges::none_of(book_.rows(), [](const auto& row) {
           const Allocation& allocation = row.second;
           bool isAsked = allocation.askedAt && !allocation.isCancelRefused;
           return isAwaited(allocation) && (allocation.id.empty() || !isAsked);
         });
}

std::vector<QueueView> Provisioner::queues(Instant now) const {
  std::vector<QueueView> views;
  Census census = takeCensus(book_, queues_);
  for (std::size_t i = 0; i < queues_.size(); ++i) {
    views.push_back({.name = queues_[i].name(),
                     .options = queues_[i].options(),
                     .pausedBecause = queues_[i].pausedBecause(),
                     .whyNotMore = planner_.whyNot(i, demand_.value_or(Demand{}), now),
                     .used = census.queues[i].used});
    // A queue that asks for nothing learns from it alone that its batch system is out of reach.
    std::string failure = lister_.lastFailure(queues_[i].options().system);
    if (views.back().whyNotMore.empty()) views.back().whyNotMore = failure;
  }
  for (const auto& [name, row] : book_.rows()) {
    if (!row.queue) continue;
    AllocationView view{.name = name,
                        .id = row.id,
                        .stage = row.stage,
                        .wish = row.wish,
                        .isAwaited = isAwaited(row),
                        .isConnected = row.isConnected,
                        .reason = row.reason,
                        .used = row.used};
    if (row.startsAt) view.startsIn = std::max(*row.startsAt - now, Duration::zero());
    views[*row.queue].allocations.push_back(std::move(view));
  }
  return views;
}

void Provisioner::checkInvariants() const {
  for (const Queue& queue : queues_) queue.checkInvariants(settings_);
  book_.checkInvariants();
  contacts_.checkInvariants();
  planner_.checkInvariants();
}

}  // namespace pi::allocation
