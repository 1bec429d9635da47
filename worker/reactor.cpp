#include "worker/reactor.h"

#include <spdlog/spdlog.h>

#include <utility>
#include <variant>

#include "common/net/loop/clock.h"

namespace pi::worker {

Reactor::Reactor(net::KjLoop& loop, const ReactorOptions& options, ComputeUnits units, Dial dial)
    : core_(options.config, options.profile.samplesPerSecond, net::now()),
      alarm_(loop, [this] { handle(event::Tick{}); }),
      pool_(loop.io(), std::move(units), [this](const Event& event) { handle(event); }),
      ownsLog_(options.ownsLog),
      connection_(options.profile, kj::mv(dial), *this) {
  perform(core_.start());
}

void Reactor::requestDrain() { handle(event::DrainAsked{}); }

void Reactor::leaveNow() { perform(action::Exit{action::ExitReason::kDrained}); }

void Reactor::handle(const Event& event) {
  if (const auto* computed = std::get_if<event::SpanComputed>(&event)) {
    samplesComputed_ += computed->tally.tally.range.size();
    spdlog::debug("computed so far: {} samples", samplesComputed_);
  }
  if (const auto* loss = std::get_if<event::DeviceLost>(&event)) note(*loss);
  perform(core_.handle(event, net::now()));
}

// Both lanes of a GPU tell it.
void Reactor::note(const event::DeviceLost& loss) {
  if (loss.reason != std::exchange(lastLoss_, loss.reason)) spdlog::error("{}", loss.reason);
  if (loss.threadsLeft == 0) spdlog::error("no device is left to compute with; leaving");
}

void Reactor::perform(const Actions& actions) {
  for (const Action& action : actions) {
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
  alarm_.set(core_.wakeAt());
}

std::uint64_t Reactor::truncate(LeaseId lease, std::uint64_t end) {
  std::uint64_t newEnd = pool_.truncate(lease, end);
  if (newEnd != kSamplesEnd) handle(event::LeaseTruncated{.lease = lease, .end = newEnd});
  return newEnd;
}

void Reactor::named(WorkerId worker) {
  if (ownsLog_) about_.emplace(LogSubject{.worker = worker});
}

void Reactor::fail(kj::Exception&& exception) { done_.fulfiller->reject(kj::mv(exception)); }

void Reactor::perform(const action::Compute& compute) { pool_.push(compute.lease); }

void Reactor::perform(const action::SetLowWater& setLowWater) {
  pool_.setLowWater(setLowWater.samples);
}

void Reactor::perform(const action::CutSpan&) { pool_.cut(); }

void Reactor::perform(const action::DropLease& dropLease) { pool_.drop(dropLease.lease); }

void Reactor::perform(const action::StopComputing&) {
  spdlog::info("draining: reporting what is computed, then leaving");
  pool_.stop();
}

void Reactor::perform(const action::Exit& exit) {
  if (!done_.fulfiller->isWaiting()) return;
  if (exit.reason == action::ExitReason::kNoScheduler) {
    spdlog::error(
        "no scheduler was found within the death timeout: {}; start one with pi-scheduler, wait "
        "longer "
        "with --death-timeout, or see with pi-worker --check what is in the way",
        connection_.lastFailure().value_or("no attempt to connect has ended"));
  }
  spdlog::info("left after computing {} samples", samplesComputed_);
  alarm_.set(std::nullopt);
  done_.fulfiller->fulfill(action::ExitReason{exit.reason});
}

}  // namespace pi::worker
