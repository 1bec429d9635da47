#include "worker/core/held_leases.h"

#include "common/base/check.h"

namespace pi::worker {

bool HeldLeases::add(const Lease& lease) {
  return held_.emplace(lease.id, LeaseProgress(lease)).second;
}

void HeldLeases::drop(LeaseId lease) { held_.erase(lease); }

void HeldLeases::truncate(LeaseId lease, std::uint64_t end) {
  auto held = held_.find(lease);
  if (held == held_.end()) return;
  held->second.truncate(end);
  forgetIfFinished(held);
}

std::optional<FinishedRun> HeldLeases::finish(const LeaseTally& span) {
  auto held = held_.find(span.lease);
  if (held == held_.end()) return std::nullopt;  // The lease was dropped while it was computed.
  held->second.add(span);
  std::optional<LeaseTally> prefix = held->second.takePrefix();
  if (!prefix) return std::nullopt;
  FinishedRun run{.tally = *prefix, .lent = held->second.lent()};
  forgetIfFinished(held);
  return run;
}

const Lease* HeldLeases::find(LeaseId lease) const {
  auto held = held_.find(lease);
  return held == held_.end() ? nullptr : &held->second.lent();
}

std::vector<LeaseId> HeldLeases::ids() const {
  std::vector<LeaseId> ids;
  for (const auto& [id, progress] : held_) ids.push_back(id);
  return ids;
}

std::vector<Lease> HeldLeases::lent() const {
  std::vector<Lease> lent;
  for (const auto& [id, progress] : held_) lent.push_back(progress.lent());
  return lent;
}

std::vector<LeaseRest> HeldLeases::rests() const {
  std::vector<LeaseRest> rests;
  for (const auto& [id, progress] : held_) rests.push_back(progress.rest());
  return rests;
}

void HeldLeases::forgetIfFinished(Held::iterator lease) {
  if (lease->second.isFinished()) held_.erase(lease);
}

void HeldLeases::checkInvariants() const {
  for (const auto& [id, progress] : held_) {
    PI_CHECK(progress.lent().id == id);
    PI_CHECK(!progress.isFinished());
    progress.checkInvariants();
  }
}

}  // namespace pi::worker
