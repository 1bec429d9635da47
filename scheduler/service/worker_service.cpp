#include "scheduler/service/worker_service.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/epoch.h"
#include "common/net/loop/clock.h"
#include "common/net/secrets/random.h"

namespace pi::scheduler {
namespace {

Refusal notAllowed(std::string sentence) {
  return {.code = RefusalCode::kNotAllowed, .sentence = std::move(sentence)};
}

}  // namespace

// Serials begin at random, so that those of different schedulers differ.
WorkerService::WorkerService(CoreRunner& runner, ServiceLog& log, std::uint64_t epoch,
                             Tickets tickets)
    : runner_(runner),
      log_(log),
      tickets_(std::move(tickets)),
      lastWorker_(number(workerIdOf(epoch, 0))),
      lastSerial_(net::randomNumber()),
      calls_(ignoreFailures_) {}

// ---- requests ----

OrRefusal<WorkerService::Joined> WorkerService::join(Hello hello, kj::Own<WorkerControl> control) {
  if (phase_ != Phase::kRunning) {
    return Refusal{.code = RefusalCode::kStopping, .sentence = "the scheduler is stopping"};
  }
  std::optional<WorkerId> known = tickets_.workerOf(hello.identity);
  if (!runner_.core().hasRoomFor(known.value_or(WorkerId{lastWorker_ + 1}))) {
    return Refusal{.code = RefusalCode::kLimitReached,
                   .sentence = "the scheduler has no room for another worker"};
  }
  if (known && hasDouble(*known, hello.lastJoin)) {
    return Refusal{.code = RefusalCode::kLimitReached,
                   .sentence =
                       "another process with this worker's identity is connected, and keeps "
                       "its place; stop one of the two"};
  }
  WorkerId worker = known ? *known : WorkerId{++lastWorker_};
  if (known) {
    keepGenuine(worker, hello);
  } else {  // Its leases are from another state directory, whose jobs have the same ids.
    hello.lent.clear();
    hello.done.clear();
  }
  end(worker, "this worker has joined again by another connection");
  lost_.noteBack(worker);
  SessionId session{.worker = worker, .serial = ++lastSerial_};
  sessions_.emplace(worker, Session{.serial = session.serial,
                                    .name = shortened(hello.profile.name),
                                    .control = kj::mv(control),
                                    .exchange = nullptr});
  log_.note({.worker = worker},
            fmt::format("worker {} ({}) joined{}: {}, kernel {}, {}{}", toText(worker),
                        shortened(hello.profile.name), known ? " again" : "",
                        countText(hello.profile.threads, "thread"), shortened(hello.profile.kernel),
                        rateText(hello.profile.samplesPerSecond),
                        hello.timeLeft ? ", ends in " + durationText(*hello.timeLeft) : ""));
  Joined joined{.session = session, .identity = tickets_.identityOf(worker), .forget = {}};
  Actions actions = runner_.handle(event::WorkerJoined{.worker = worker,
                                                       .profile = std::move(hello.profile),
                                                       .lent = std::move(hello.lent),
                                                       .held = std::move(hello.held),
                                                       .done = std::move(hello.done),
                                                       .timeLeft = hello.timeLeft});
  for (Action& action : actions) {
    if (auto* welcome = std::get_if<action::Welcome>(&action)) {
      joined.forget = std::move(welcome->forget);
    } else if (auto* quarantined = std::get_if<action::Quarantine>(&action);
               quarantined != nullptr && quarantined->worker == worker) {
      return notAllowed("this worker is quarantined: " + quarantined->reason +
                        "; check its node, then start a new one");
    }
  }
  joined.committed = runner_.core().committedOf(worker);
  joined.policy = runner_.core().policyOf(worker);
  return joined;
}

// A worker that reconnects knows the session that it was using; a copy of it does not.
bool WorkerService::hasDouble(WorkerId worker, std::uint64_t lastJoin) {
  auto session = sessions_.find(worker);
  return session != sessions_.end() && session->second.hasCalled &&
         session->second.serial != lastJoin;
}

// A lease without a ticket of ours was never lent to this worker, or by a scheduler whose state is
// lost.  In that case an honest worker has tallies of it, too: they are no violations.
void WorkerService::keepGenuine(WorkerId worker, Hello& hello) {
  std::size_t offered = hello.lent.size();
  std::set<LeaseId> refused;
  std::erase_if(hello.lent, [&](const Lease& lease) {
    bool isGenuine = tickets_.isGenuine(worker, lease, lease.ticket);
    if (!isGenuine) refused.insert(lease.id);
    return !isGenuine;
  });
  if (refused.empty()) return;
  std::erase_if(hello.done, [&](const LeaseTally& tally) { return refused.contains(tally.lease); });
  log_.noteTally(spdlog::level::warn, {.worker = worker},
                 fmt::format("worker {}: ignored {} not made by this scheduler or an earlier one",
                             toText(worker), countText(offered - hello.lent.size(), "ticket")));
}

kj::Promise<OrRefusal<WorkerService::Lent>> WorkerService::exchange(SessionId session,
                                                                    std::vector<LeaseTally> done,
                                                                    Duration roundTrip) {
  if (auto refusal = takeCall(session)) return OrRefusal<Lent>(*std::move(refusal));
  Session& current = *find(session);
  if (current.exchange != nullptr) {
    return OrRefusal<Lent>(
        Refusal{.code = RefusalCode::kBadRequest, .sentence = "one exchange at a time"});
  }
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<OrRefusal<Lent>>();
  current.exchange = kj::mv(fulfiller);
  runner_.handle(
      event::Exchanged{.worker = session.worker, .done = std::move(done), .roundTrip = roundTrip});
  return kj::mv(promise);
}

OrRefusal<WorkerService::Receipt> WorkerService::report(SessionId session,
                                                        std::vector<LeaseTally> done) {
  if (auto refusal = takeCall(session)) return *std::move(refusal);
  runner_.handle(event::Reported{.worker = session.worker, .done = std::move(done)});
  return Receipt{.committed = runner_.core().committedOf(session.worker),
                 .policy = runner_.core().policyOf(session.worker)};
}

kj::Promise<OrRefusal<Done>> WorkerService::leave(SessionId session, std::vector<LeaseTally> done) {
  if (auto refusal = takeCall(session)) return OrRefusal<Done>(*std::move(refusal));
  log_.note({.worker = session.worker}, fmt::format("worker {} ({}) drained and left",
                                                    toText(session.worker), find(session)->name));
  auto [promise, fulfiller] = kj::newPromiseAndFulfiller<OrRefusal<Done>>();
  leaving_.insert_or_assign(session.worker, kj::mv(fulfiller));
  runner_.handle(event::WorkerLeft{.worker = session.worker, .done = std::move(done)});
  return kj::mv(promise);
}

void WorkerService::lose(SessionId session) {
  Session* current = find(session);
  if (current == nullptr) return;  // The worker left, or joined again by another connection.
  if (phase_ == Phase::kRunning) {
    log_.note({.worker = session.worker},
              fmt::format("worker {} ({}) is absent; its leases wait {} for it to come back",
                          toText(session.worker), current->name,
                          durationText(runner_.config().reconnectGrace)));
  }
  sessions_.erase(session.worker);
  Instant now = net::now();
  if (auto info = runner_.core().worker(session.worker, now)) lost_.noteLost(*std::move(info), now);
  runner_.handle(event::WorkerLost{.worker = session.worker});
}

void WorkerService::drain(WorkerId worker) {
  auto session = sessions_.find(worker);
  if (session != sessions_.end()) calls_.add(session->second.control->drain());
}

std::vector<WorkerInfo> WorkerService::list() const {
  Instant now = net::now();
  std::vector<WorkerInfo> workers = runner_.core().workers(now);
  for (WorkerInfo& lost : lost_.list(now)) workers.push_back(std::move(lost));
  return workers;
}

WorkerService::Session* WorkerService::find(SessionId session) {
  auto found = sessions_.find(session.worker);
  bool isCurrent = found != sessions_.end() && found->second.serial == session.serial;
  return isCurrent ? &found->second : nullptr;
}

std::optional<Refusal> WorkerService::takeCall(SessionId session) {
  Session* current = find(session);
  if (current == nullptr) return notAllowed("this worker has left or has joined again");
  current->hasCalled = true;
  if (phase_ == Phase::kStopping) {
    return Refusal{.code = RefusalCode::kStopping, .sentence = "the scheduler restarts"};
  }
  return std::nullopt;
}

// Ends the worker's session, if it has one.
void WorkerService::end(WorkerId worker, const std::string& reason) {
  auto session = sessions_.find(worker);
  if (session == sessions_.end()) return;
  KJ_IF_MAYBE (exchange, session->second.exchange) {
    (*exchange)->fulfill(notAllowed(reason));
  }
  sessions_.erase(session);
}

// ---- the end ----

void WorkerService::announceRestart() {
  for (auto& [id, session] : sessions_) calls_.add(session.control->expectRestart());
}

// ---- actions of the core ----

void WorkerService::perform(const action::Lend& lend) {
  auto session = sessions_.find(lend.worker);
  if (session == sessions_.end()) return;
  KJ_IF_MAYBE (fulfiller, session->second.exchange) {
    auto answer = kj::mv(*fulfiller);
    session->second.exchange = nullptr;
    Lent lent{.leases = lend.leases,
              .committed = runner_.core().committedOf(lend.worker),
              .policy = runner_.core().policyOf(lend.worker)};
    for (Lease& lease : lent.leases) lease.ticket = tickets_.ticketFor(lend.worker, lease);
    answer->fulfill(kj::mv(lent));
  }
}

void WorkerService::perform(const action::Truncate& asked) {
  auto session = sessions_.find(asked.worker);
  if (session == sessions_.end()) return;
  SessionId id{.worker = asked.worker, .serial = session->second.serial};
  auto answered = [this, id, lease = asked.lease](std::uint64_t end) {
    if (find(id) == nullptr) return;
    runner_.handle(event::LeaseTruncated{.worker = id.worker, .lease = lease, .end = end});
  };
  calls_.add(session->second.control->truncate(asked.lease, asked.end)
                 .then(kj::cp(answered), [answered](kj::Exception&&) { answered(kSamplesEnd); }));
}

void WorkerService::perform(const action::Drain& asked) {
  auto session = sessions_.find(asked.worker);
  if (session == sessions_.end()) return;
  if (phase_ == Phase::kRunning) {
    log_.note({.worker = asked.worker},
              fmt::format("worker {} ({}) ends too soon for another lease: it is told to drain",
                          toText(asked.worker), session->second.name));
  }
  drain(asked.worker);
}

void WorkerService::perform(const action::ForgetWorker& gone) {
  end(gone.worker, "this worker has left");
  if (!lost_.noteForgotten(gone.worker) || phase_ != Phase::kRunning) return;
  log_.note({.worker = gone.worker},
            fmt::format("worker {} did not come back within {}; its unfinished work goes to others",
                        toText(gone.worker), durationText(runner_.config().reconnectGrace)));
}

void WorkerService::perform(const action::ReleaseWorker& released) {
  auto leaver = leaving_.find(released.worker);
  if (leaver == leaving_.end()) return;
  leaver->second->fulfill(Done{});
  leaving_.erase(leaver);
}

void WorkerService::perform(const action::Quarantine& quarantined) {
  const std::string reason = "this worker is quarantined: " + quarantined.reason;
  end(quarantined.worker, reason);
  lost_.noteBack(quarantined.worker);  // The core lists it.
  if (auto leaver = leaving_.find(quarantined.worker); leaver != leaving_.end()) {
    leaver->second->fulfill(notAllowed(reason));
    leaving_.erase(leaver);
  }
  log_.noteTally(
      spdlog::level::err, {.worker = quarantined.worker},
      fmt::format("worker {} is quarantined: {}", toText(quarantined.worker), quarantined.reason));
}

void WorkerService::perform(const action::ConfirmTally& right) {
  SampleRange range = right.tally.tally.range;
  log_.noteTally(spdlog::level::warn, {.job = right.tally.job, .worker = right.worker},
                 fmt::format("a tally of worker {} looked impossible, and it is right: {} hits "
                             "(job {}, samples {} to {})",
                             toText(right.worker), right.tally.tally.hits.total(),
                             number(right.tally.job), range.begin, range.end));
}

void WorkerService::perform(const action::DropTally& drop) {
  SampleRange range = drop.tally.tally.range;
  log_.noteTally(spdlog::level::info, {.job = drop.tally.job, .worker = drop.worker},
                 fmt::format("dropped a tally of worker {}: {} (job {}, samples {} to {})",
                             toText(drop.worker), sentenceOf(drop.reason), number(drop.tally.job),
                             range.begin, range.end));
}

}  // namespace pi::scheduler
