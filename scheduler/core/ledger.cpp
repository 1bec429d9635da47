#include "scheduler/core/ledger.h"

#include "common/base/check.h"

namespace pi::scheduler {

Ledger::Ledger(const JobSpec& spec, std::uint64_t samples, std::size_t fragmentsMax)
    : stream_(spec.stream),
      chunkSize_(spec.chunkSize),
      samples_(samples),
      open_(SampleRange{.begin = 0, .end = samples}),
      counted_(fragmentsMax),
      progress_(spec.stream, samples, spec.chunkSize) {}

void Ledger::restore(const Fragment& fragment) {
  PI_CHECK(leases_.empty());
  PI_CHECK(fragment.tally.range.end <= samples_);
  open_.take(fragment.tally.range);
  counted_.restore(fragment);
  progress_.add(fragment.tally);
}

void Ledger::extend(std::uint64_t samples) {
  if (samples <= samples_) return;
  PI_CHECK(samples < kSamplesEnd);
  open_.put({.begin = samples_, .end = samples}, WorkerId{});
  progress_.extend(samples);
  samples_ = samples;
}

std::optional<SampleRange> Ledger::lend(LeaseId lease, WorkerId worker, const LeaseSize& size,
                                        Fronts fronts) {
  if (open_.empty()) return std::nullopt;
  SampleRange range = size.frontOf(open_.assignArena(
      worker,
      {.unit = size.unit(), .least = size.samples, .sparesFronts = fronts == Fronts::kSpared}));
  open_.take(range);
  put(lease, worker, range);
  return range;
}

bool Ledger::resume(LeaseId lease, WorkerId worker, SampleRange rest) {
  if (leases_.contains(lease) || !open_.claim(rest, worker)) return false;
  put(lease, worker, rest);
  return true;
}

std::optional<SampleRange> Ledger::lendAgain(LeaseId lease, WorkerId worker, const LeaseSize& size,
                                             LeaseId suspect) {
  const LentLease* first = find(suspect);
  if (first == nullptr || first->worker == worker) return std::nullopt;
  IntervalSet once(first->rest);
  for (SampleRange piece : twice_.within(first->rest)) once.erase(piece);
  if (once.empty()) return std::nullopt;

  SampleRange range = size.frontOf(once.ranges().front());
  twice_.insert(range);
  put(lease, worker, range);
  return range;
}

void Ledger::put(LeaseId lease, WorkerId worker, SampleRange range) {
  PI_CHECK(!range.empty());
  PI_CHECK(leases_.emplace(lease, LentLease{.worker = worker, .rest = range}).second);
  leasedSum_ += range.size();
}

Ledger::Receipt Ledger::count(LeaseId lease, WorkerId worker, const Tally& tally) {
  SampleRange range = tally.range;
  PI_CHECK(!range.empty());
  PI_CHECK(range.end <= samples_);
  if (counted_.intersects(range)) return {};

  Receipt receipt{.counted = true, .isNext = false, .revoked = {}};
  auto own = leases_.find(lease);
  bool isPrefix = own != leases_.end() && own->second.worker == worker &&
                  own->second.rest.begin == range.begin && own->second.rest.contains(range);
  // Samples that are only under the reporter's own lease have no other holder.
  if (!isPrefix || twice_.intersects(range)) {
    receipt.revoked = revokeOthers(range, isPrefix ? lease : LeaseId{});
  }
  if (isPrefix) {
    receipt.isNext = true;
    own->second.rest.begin = range.end;
    leasedSum_ -= range.size();
    if (own->second.rest.empty()) leases_.erase(own);
  }
  open_.take(range);
  counted_.insert({.tally = tally, .contributor = worker});
  progress_.add(tally);
  return receipt;
}

std::vector<LeaseHolder> Ledger::revokeOthers(SampleRange range, LeaseId except) {
  std::vector<LeaseHolder> revoked;
  for (auto next = leases_.begin(); next != leases_.end();) {
    auto lease = next++;
    if (lease->first == except || !lease->second.rest.intersects(range)) continue;
    revoked.push_back({.lease = lease->first, .worker = lease->second.worker});
    giveBackFrom(lease->first, lease->second.rest.begin);
  }
  return revoked;
}

std::vector<LeaseHolder> Ledger::rivals(LeaseId lease) const {
  std::vector<LeaseHolder> rivals;
  const LentLease* lent = find(lease);
  if (lent == nullptr || !twice_.intersects(lent->rest)) return rivals;
  for (const auto& [id, other] : leases_) {
    if (id != lease && other.rest.intersects(lent->rest)) {
      rivals.push_back({.lease = id, .worker = other.worker});
    }
  }
  return rivals;
}

std::uint64_t Ledger::giveBackFrom(LeaseId lease, std::uint64_t end) {
  auto found = leases_.find(lease);
  if (found == leases_.end()) return 0;
  LentLease& lent = found->second;
  if (end >= lent.rest.end) return 0;
  SampleRange tail{.begin = std::max(end, lent.rest.begin), .end = lent.rest.end};
  lent.rest.end = tail.begin;
  leasedSum_ -= tail.size();

  // Samples that two leases shared are now under the other lease alone; the rest is open.
  IntervalSet opened(tail);
  for (SampleRange shared : twice_.within(tail)) {
    twice_.erase(shared);
    opened.erase(shared);
  }
  for (SampleRange piece : opened.ranges()) open_.put(piece, lent.worker);
  if (lent.rest.empty()) leases_.erase(found);
  return opened.size();
}

const LentLease* Ledger::find(LeaseId lease) const {
  auto found = leases_.find(lease);
  return found == leases_.end() ? nullptr : &found->second;
}

void Ledger::checkTotals() const {
  PI_CHECK(progress_.samples() + open_.size() + leasedSum_ - twice_.size() == samples_);
  PI_CHECK(progress_.hits().total() <= progress_.samples());
  PI_CHECK(leases_.empty() == (leasedSum_ == 0));
}

void Ledger::checkInvariants() const {
  checkTotals();
  open_.checkInvariants();
  counted_.checkInvariants();
  IntervalSet seen;
  Progress fresh(stream_, samples_, chunkSize_);
  for (const Fragment& fragment : counted_.all()) {
    PI_CHECK(!seen.intersects(fragment.tally.range));
    seen.insert(fragment.tally.range);
    fresh.add(fragment.tally);
  }
  PI_CHECK(fresh == progress_);
  progress_.checkInvariants();
  for (SampleRange range : open_.ranges()) {
    PI_CHECK(!seen.intersects(range));
    seen.insert(range);
  }
  IntervalSet once, twice;
  std::uint64_t leased = 0;
  for (const auto& [id, lent] : leases_) {
    PI_CHECK(!lent.rest.empty());
    PI_CHECK(!seen.intersects(lent.rest));
    leased += lent.rest.size();
    for (SampleRange shared : once.within(lent.rest)) {
      PI_CHECK(!twice.intersects(shared));
      twice.insert(shared);
    }
    once.insert(lent.rest);
  }
  PI_CHECK(leased == leasedSum_);
  PI_CHECK(twice == twice_);
  for (SampleRange range : once.ranges()) seen.insert(range);
  PI_CHECK(seen.contains({.begin = 0, .end = samples_}));
  PI_CHECK(seen.size() == samples_);
}

}  // namespace pi::scheduler
