#include "scheduler/core/worker_ends.h"

#include <algorithm>

#include "common/base/check.h"
#include "common/model/limits.h"
#include "scheduler/core/policy.h"

namespace pi::scheduler {
namespace {

// All workers are looked at, so not more often than this.
constexpr Duration kLookPeriod = std::chrono::milliseconds(20);

// The worker learns something, and answers; its answer is committed.
Duration timeToReport(const Worker& worker, const Config& config) {
  return 2 * worker.roundTrip + config.commitPeriod;
}

// The worker knows its end.
Instant noLeaseFitsAt(const Worker& worker, const Config& config) {
  Duration shortest = forRoundTrip(config.lease, worker.roundTrip).minimum;
  return *worker.endsAt - endMargin(worker, config) - shortest;
}

}  // namespace

Duration endMargin(const Worker& worker, const Config& config) {
  return config.heartbeat + timeToReport(worker, config);
}

std::optional<Instant> doneBy(const Worker& worker, const Config& config) {
  if (!worker.endsAt) return std::nullopt;
  return *worker.endsAt - endMargin(worker, config);
}

std::uint64_t finishableSamples(const Worker& worker, const JobWork& work, const Config& config,
                                Instant begin, std::uint32_t threads) {
  std::optional<Instant> end = doneBy(worker, config);
  if (!end) return kSamplesEnd;
  if (begin >= noLeaseFitsAt(worker, config)) return 0;
  // The speed that it measured or claims: no other worker's share depends on this.
  std::uint64_t speed = worker.ownSpeed(work.kind(), threads);
  std::uint64_t samples = work.samplesFor(costIn(seconds(*end - begin), speed));
  std::uint64_t block = work.block().samples;
  std::uint64_t parts = threads > 0 ? threads : std::max<std::uint32_t>(worker.profile.threads, 1);
  if (samples / parts < block) return 0;
  return samples - (block - 1);  // Rounding up to a block adds less than that.
}

// It can be told to drain, and was not.
bool WorkerEnds::isExpected(const Worker& worker) const {
  return worker.endsAt && worker.isConnected() && !worker.isDismissed;
}

void WorkerEnds::noteJoined(Worker& worker, std::optional<Duration> timeLeft, Instant now) {
  worker.endsAt.reset();
  if (!timeLeft) return;
  worker.endsAt = now + std::clamp(*timeLeft, Duration::zero(), kTimeLeftMax);
  dueAt_ = earliest({dueAt_, noLeaseFitsAt(worker, config_)});
}

void WorkerEnds::drainDue(Instant now) {
  if (!dueAt_ || now < *dueAt_) return;
  dueAt_.reset();
  for (auto& [id, worker] : workers_.all()) {
    if (!isExpected(worker)) continue;
    Instant idleAt = noLeaseFitsAt(worker, config_);
    bool isIdle = now >= idleAt && book_.heldBy(id).empty();
    if (!isIdle && now + timeToReport(worker, config_) < *worker.endsAt) {
      // It may finish its last lease at any time.
      dueAt_ = earliest({dueAt_, std::max(idleAt, now + kLookPeriod)});
      continue;
    }
    worker.isDismissed = true;
    // A silent one stays silent: its leases are lent again.
    if (worker.state == WorkerState::kActive) {
      workers_.setState(worker, WorkerState::kDraining, now);
    }
    orders_.add(action::Drain{.worker = id});
  }
}

void WorkerEnds::checkInvariants() const {
  for (const auto& [id, worker] : workers_.all()) {
    PI_CHECK(!isExpected(worker) || dueAt_.has_value());
  }
}

}  // namespace pi::scheduler
