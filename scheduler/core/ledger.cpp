#include "scheduler/core/ledger.h"

#include "common/base/check.h"

namespace pi::scheduler {

Ledger::Ledger(std::uint64_t samples, std::size_t fragmentsMax)
    : samples_(samples), open_(SampleRange{.begin = 0, .end = samples}), counted_(fragmentsMax) {}

void Ledger::restore(const Fragment& fragment) {
  PI_CHECK(leases_.empty() && fragment.tally.range.end <= samples_);
  open_.take(fragment.tally.range);
  counted_.restore(fragment);
}

std::optional<SampleRange> Ledger::lend(LeaseId lease, WorkerId worker, const LeaseSize& size,
                                        Fronts fronts) {
  if (open_.empty()) return std::nullopt;
  SampleRange range = size.frontOf(open_.arenaOf(
      worker,
      {.unit = size.unit(), .least = size.samples, .sparesFronts = fronts == Fronts::kSpared}));
  open_.take(range);
  PI_CHECK(leases_.emplace(lease, Lent{.worker = worker, .rest = range}).second);
  return range;
}

bool Ledger::resume(LeaseId lease, WorkerId worker, SampleRange rest) {
  if (leases_.contains(lease) || !open_.claim(rest, worker)) return false;
  leases_.emplace(lease, Lent{.worker = worker, .rest = rest});
  return true;
}

std::optional<SampleRange> Ledger::lendAgain(LeaseId lease, WorkerId worker, const LeaseSize& size,
                                             LeaseId doubtful) {
  const Lent* first = find(doubtful);
  if (first == nullptr || first->worker == worker) return std::nullopt;
  IntervalSet once(first->rest);
  for (SampleRange piece : twice_.within(first->rest)) once.erase(piece);
  if (once.empty()) return std::nullopt;

  SampleRange range = size.frontOf(once.ranges().front());
  twice_.insert(range);
  PI_CHECK(leases_.emplace(lease, Lent{.worker = worker, .rest = range}).second);
  return range;
}

Ledger::Receipt Ledger::count(LeaseId lease, WorkerId worker, const Tally& tally) {
  SampleRange range = tally.range;
  PI_CHECK(!range.empty() && range.end <= samples_);
  if (counted_.intersects(range)) return {};

  Receipt receipt{.counted = true, .revoked = {}};
  auto own = leases_.find(lease);
  bool isPrefix = own != leases_.end() && own->second.worker == worker &&
                  own->second.rest.begin == range.begin && own->second.rest.contains(range);
  // Samples that are only under the reporter's own lease concern nobody else.
  if (!isPrefix || twice_.intersects(range)) {
    receipt.revoked = revokeOthers(range, isPrefix ? lease : LeaseId{});
  }
  if (isPrefix) {
    own->second.rest.begin = range.end;
    if (own->second.rest.empty()) leases_.erase(own);
  }
  open_.take(range);
  counted_.insert({.tally = tally, .contributor = worker});
  return receipt;
}

std::vector<Ledger::LeaseHolder> Ledger::revokeOthers(SampleRange range, LeaseId except) {
  std::vector<LeaseHolder> revoked;
  for (auto next = leases_.begin(); next != leases_.end();) {
    auto lease = next++;
    if (lease->first == except || !lease->second.rest.intersects(range)) continue;
    revoked.push_back({.lease = lease->first, .worker = lease->second.worker});
    drop(lease);
  }
  return revoked;
}

std::vector<Ledger::LeaseHolder> Ledger::rivals(LeaseId lease) const {
  std::vector<LeaseHolder> rivals;
  const Lent* lent = find(lease);
  if (lent == nullptr || !twice_.intersects(lent->rest)) return rivals;
  for (const auto& [id, other] : leases_) {
    if (id != lease && other.rest.intersects(lent->rest)) {
      rivals.push_back({.lease = id, .worker = other.worker});
    }
  }
  return rivals;
}

void Ledger::drop(Leases::iterator lease) { giveBackFrom(lease->first, lease->second.rest.begin); }

void Ledger::giveBackFrom(LeaseId lease, std::uint64_t end) {
  auto found = leases_.find(lease);
  if (found == leases_.end()) return;
  Lent& lent = found->second;
  if (end >= lent.rest.end) return;
  SampleRange tail{.begin = std::max(end, lent.rest.begin), .end = lent.rest.end};
  lent.rest.end = tail.begin;

  // What two leases shared is now under the other one alone; all else is nobody's.
  IntervalSet nobodys(tail);
  for (SampleRange shared : twice_.within(tail)) {
    twice_.erase(shared);
    nobodys.erase(shared);
  }
  for (SampleRange piece : nobodys.ranges()) open_.put(piece, lent.worker);
  if (lent.rest.empty()) leases_.erase(found);
}

const Ledger::Lent* Ledger::find(LeaseId lease) const {
  auto found = leases_.find(lease);
  return found == leases_.end() ? nullptr : &found->second;
}

void Ledger::checkInvariants() const {
  open_.checkInvariants();
  IntervalSet seen;
  Hits hits;
  for (const Fragment& fragment : counted_.all()) {
    PI_CHECK(!seen.intersects(fragment.tally.range));
    seen.insert(fragment.tally.range);
    hits += fragment.tally.hits;
  }
  PI_CHECK(seen.size() == counted_.samples());
  PI_CHECK(hits == counted_.hits());
  for (SampleRange range : open_.ranges()) {
    PI_CHECK(!seen.intersects(range));
    seen.insert(range);
  }
  IntervalSet once, twice;
  for (const auto& [id, lent] : leases_) {
    PI_CHECK(!lent.rest.empty());
    PI_CHECK(!seen.intersects(lent.rest));
    for (SampleRange shared : once.within(lent.rest)) {
      PI_CHECK(!twice.intersects(shared));
      twice.insert(shared);
    }
    once.insert(lent.rest);
  }
  PI_CHECK(twice == twice_);
  for (SampleRange range : once.ranges()) seen.insert(range);
  PI_CHECK(seen.contains({.begin = 0, .end = samples_}) && seen.size() == samples_);
}

}  // namespace pi::scheduler
