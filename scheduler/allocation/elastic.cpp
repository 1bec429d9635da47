#include "scheduler/allocation/elastic.h"

#include <kj/debug.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "common/base/check.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/limits.h"
#include "common/net/loop/clock.h"
#include "scheduler/allocation/core/limits.h"
#include "scheduler/allocation/limits.h"

namespace pi::allocation {
namespace {

constexpr Duration kBetweenLooks = std::chrono::milliseconds(20);

// A provider's exception is a failure, too: what was asked for may be done.
template <typename Answer>
kj::Promise<std::variant<Answer, BatchFailure>> settled(
    kj::Promise<std::variant<Answer, BatchFailure>> answer) {
  return answer.catch_([](kj::Exception&& error) -> std::variant<Answer, BatchFailure> {
    return BatchFailure{.sentence = error.getDescription().cStr(),
                        .kind = BatchFailure::Kind::kUnclear};
  });
}

std::uint64_t secondsOf(NodeTime time) {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
}

std::string text(const std::string& unsafe) {
  return std::string(frontOf(printable(unsafe), kBatchTextBytesMax));
}

AllocationInfo infoOf(const AllocationView& view) {
  return {.name = view.name,
          .id = text(view.id),
          .stage = std::string(name(view.stage)),
          .reason = text(view.reason),
          .isConnected = view.isConnected,
          .isLeaving = view.wish != Wish::kKeep,
          .startsIn = view.startsIn,
          .nodeSeconds = secondsOf(view.used)};
}

QueueInfo infoOf(const QueueView& view) {
  QueueInfo info{.name = text(view.name),
                 .pausedBecause = text(view.pausedBecause.value_or("")),
                 .whyNotMore = text(view.whyNotMore),
                 .workersMin = view.options.workersMin,
                 .workersMax = view.options.workersMax,
                 .nodeSeconds = secondsOf(view.used)};
  if (view.options.nodeTimeMax) info.nodeSecondsMax = secondsOf(*view.options.nodeTimeMax);
  for (const AllocationView& allocation : view.allocations) {
    ++(allocation.isAwaited ? info.pending : info.running);
    if (allocation.isAwaited && info.pendingReason.empty()) {
      info.pendingReason = text(allocation.reason);
    }
  }
  return info;
}

}  // namespace

Elastic::Elastic(net::KjLoop& loop, scheduler::SchedulerService& service, Setup setup)
    : loop_(loop),
      service_(service),
      setup_(kj::mv(setup)),
      observer_(service.config().block, setup_.naming.prefix + "-"),
      provisioner_(Settings{}, setup_.queues, setup_.naming, setup_.saved, net::now()),
      alarm_(loop, [this] { observe(); }),
      calls_(ignoreFailures_) {
  service_.clients().setElastic(this);
  alarm_.set(net::now());
}

Elastic::~Elastic() noexcept(false) {
  service_.clients().setElastic(nullptr);
  *isAlive_ = false;
}

// ---- events ----

void Elastic::observe() {
  alarm_.set(net::now() + kObservePeriod);
  std::vector<JobInfo> jobs;
  scheduler::ClientService& clients = service_.clients();
  if (service_.hasUnfinishedJobs()) {
    scheduler::ClientService::Page page;
    do {
      page = clients.jobs(page.jobs.empty() ? JobId{} : page.jobs.back().id, 0);
      std::ranges::copy_if(page.jobs, std::back_inserter(jobs),
                           [](const JobInfo& job) { return !isOver(job.state); });
    } while (!page.isLast && !page.jobs.empty());
  }
  event::Observed observed = observer_.observe(jobs, clients.workers(), net::now());
  observed.demand.workersAwaited = clients.workersAwaited();
  handle(observed);
}

void Elastic::handle(const Event& event) {
  // Workers that are told to end must not be replaced.
  if (service_.shutdown().hasStarted() && !std::exchange(isStopping_, true)) {
    handle(event::Stopping{});
  }
  for (Action& action : provisioner_.handle(event, net::now())) {
    std::visit([this](auto& wanted) { perform(wanted); }, action);
  }
}

// ---- actions ----

void Elastic::perform(action::Commit& commit) {
  isSaving_ = true;
  setup_.save(std::move(commit.changes),
              [this, isAlive = isAlive_](const std::optional<std::string>& failure) {
                if (!*isAlive) return;
                if (failure) {
                  spdlog::error("{}; until that succeeds no worker is asked for", *failure);
                  return;
                }
                isSaving_ = false;
                handle(event::Committed{});
              });
}

void Elastic::perform(const action::Submit& submit) {
  calls_.add(settled(provider(submit.system).submit(submit.request))
                 .then([this, name = submit.request.name](auto&& answer) {
                   if (auto* failure = std::get_if<BatchFailure>(&answer)) {
                     handle(event::SubmitFailed{.name = name, .failure = std::move(*failure)});
                   } else {
                     auto& submitted = std::get<AllocationProvider::Submitted>(answer);
                     handle(event::Submitted{.name = name, .id = std::move(submitted.id)});
                   }
                 }));
}

void Elastic::perform(const action::List& list) {
  calls_.add(
      settled(provider(list.system).list()).then([this, system = list.system](auto&& answer) {
        if (auto* failure = std::get_if<BatchFailure>(&answer)) {
          handle(event::ListFailed{.system = system, .failure = std::move(*failure)});
        } else {
          auto& statuses = std::get<std::vector<BatchStatus>>(answer);
          handle(event::Listed{
              .system = system, .statuses = std::move(statuses), .calendar = net::wallNow()});
        }
      }));
}

void Elastic::perform(const action::Cancel& cancel) {
  using Which = AllocationProvider::Which;
  ++cancelling_;
  calls_.add(provider(cancel.system)
                 .cancel(cancel.ids, cancel.isPendingOnly ? Which::kPending : Which::kAll)
                 .catch_([](kj::Exception&& error) -> std::optional<BatchFailure> {
                   return BatchFailure{.sentence = error.getDescription().cStr(),
                                       .kind = BatchFailure::Kind::kUnclear};
                 })
                 .then([this, system = cancel.system,
                        ids = cancel.ids](std::optional<BatchFailure>&& failure) {
                   --cancelling_;
                   if (!failure) return;
                   handle(event::CancelFailed{.system = system, .ids = ids, .failure = *failure});
                 }));
}

void Elastic::perform(const action::AskCause& ask) {
  calls_.add(provider(ask.system)
                 .causeOf(ask.id)
                 .catch_([](kj::Exception&&) { return std::optional<BatchStatus>{}; })
                 .then([this, name = ask.name](std::optional<BatchStatus>&& status) {
                   handle(event::CauseFound{.name = name, .status = std::move(status)});
                 }));
}

void Elastic::perform(const action::Drain& drain) {
  for (const WorkerInfo& worker : service_.clients().workers()) {
    if (worker.profile.allocation == drain.name) service_.workers().drain(worker.id);
  }
}

void Elastic::perform(const action::Tell& tell) {
  bool isWarning = tell.level == action::Tell::Level::kWarning;
  spdlog::log(isWarning ? spdlog::level::warn : spdlog::level::info, "elastic: {}", tell.text);
}

AllocationProvider& Elastic::provider(const std::string& system) {
  std::unique_ptr<AllocationProvider>& provider = providers_[system];
  if (provider == nullptr) provider = setup_.makeProvider(system);
  return *provider;
}

// ---- the end ----

kj::Promise<void> Elastic::stop() {
  if (!std::exchange(isStopping_, true)) handle(event::Stopping{});
  return untilStopped(net::now() + kGiveBackTimeout);
}

kj::Promise<void> Elastic::untilStopped(Instant latest) {
  bool isDone = provisioner_.hasStopped() && cancelling_ == 0 && !isSaving_;
  if (isDone || net::now() >= latest) {
    alarm_.set(std::nullopt);
    if (!isDone) {
      spdlog::warn("elastic: not all that is pending could be given back; the next start does it");
    }
    return kj::READY_NOW;
  }
  return loop_.timer().afterDelay(net::toKj(kBetweenLooks)).then([this, latest] {
    return untilStopped(latest);
  });
}

// ---- requests of the owner ----

std::vector<QueueInfo> Elastic::queues(Detail detail) const {
  std::vector<QueueInfo> infos;
  for (const QueueView& view : provisioner_.queues(net::now())) {
    infos.push_back(infoOf(view));
    if (detail == Detail::kQueues) continue;
    for (const AllocationView& allocation : view.allocations) {
      if (infos.back().allocations.size() == kAllocationsShownMax) break;
      infos.back().allocations.push_back(infoOf(allocation));
    }
  }
  return infos;
}

scheduler::ElasticControl::Reach Elastic::reach() const {
  return {.ofQueues = provisioner_.workersMost(),
          .ofOthers = observer_.othersAmong(service_.clients().workers())};
}

OrRefusal<std::vector<std::size_t>> Elastic::placesOf(std::size_t queue) const {
  std::size_t count = setup_.queues.size();
  if (queue > count) {
    return Refusal{.code = RefusalCode::kBadRequest,
                   .sentence = "there is no queue " + std::to_string(queue) +
                               "; pi-scheduler elastic list shows all queues"};
  }
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < count; ++place) {
    if (queue == 0 || queue == place + 1) places.push_back(place);
  }
  return places;
}

OrRefusal<Done> Elastic::pause(std::size_t queue, const std::string& reason) {
  auto places = placesOf(queue);
  if (const auto* refusal = std::get_if<Refusal>(&places)) return *refusal;
  for (std::size_t place : std::get<0>(places)) {
    handle(event::QueuePaused{.queue = place, .reason = reason});
  }
  return Done{};
}

OrRefusal<Done> Elastic::resume(std::size_t queue) {
  auto places = placesOf(queue);
  if (const auto* refusal = std::get_if<Refusal>(&places)) return *refusal;
  for (std::size_t place : std::get<0>(places)) handle(event::QueueResumed{.queue = place});
  return Done{};
}

std::vector<std::string> Elastic::dryRun() {
  std::vector<std::string> commands;
  for (const QueueOptions& queue : setup_.queues) {
    commands.push_back(provider(queue.system)
                           .describe({.name = setup_.naming.prefix + "-0-0",
                                      .arguments = queue.arguments,
                                      .timeLimit = queue.workerTimeLimit}));
  }
  return commands;
}

}  // namespace pi::allocation
