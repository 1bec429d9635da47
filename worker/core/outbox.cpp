#include "worker/core/outbox.h"

#include "common/base/check.h"
#include "worker/core/append.h"

namespace pi::worker {

void Outbox::add(const LeaseTally& tally, const Lease& lent) {
  LeaseTally* last = hasUnsent() ? &entries_.back().tally : nullptr;
  bool adjoins = last != nullptr && last->lease == tally.lease &&
                 last->tally.range.end == tally.tally.range.begin;
  if (adjoins) {
    append(*last, tally);
  } else {
    entries_.push_back({.tally = tally, .lent = lent});
  }
}

std::vector<LeaseTally> Outbox::send() {
  std::vector<LeaseTally> tallies;
  tallies.reserve(entries_.size() - sent_);
  for (; sent_ < entries_.size(); ++sent_) {
    LeaseTally& tally = entries_[sent_].tally;
    tally.sequence = ++lastSequence_;
    tallies.push_back(tally);
  }
  while (sent_ > kUncommittedTalliesMax) {
    entries_.pop_front();
    --sent_;
  }
  return tallies;
}

std::vector<LeaseTally> Outbox::sendAll() {
  send();
  std::vector<LeaseTally> all;
  all.reserve(entries_.size());
  for (const Entry& entry : entries_) all.push_back(entry.tally);
  return all;
}

std::vector<Lease> Outbox::leases() const {
  std::vector<Lease> leases;
  for (const Entry& entry : entries_) {
    bool isKnown = !leases.empty() && leases.back().id == entry.lent.id;
    if (!isKnown) leases.push_back(entry.lent);
  }
  return leases;
}

void Outbox::clear() {
  entries_.clear();
  sent_ = 0;
}

void Outbox::commit(std::uint64_t sequence) {
  while (sent_ > 0 && entries_.front().tally.sequence <= sequence) {
    entries_.pop_front();
    --sent_;
  }
}

void Outbox::checkInvariants() const {
  PI_CHECK(sent_ <= entries_.size());
  PI_CHECK(sent_ <= kUncommittedTalliesMax);
  PI_CHECK(sent_ <= lastSequence_);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const auto& [tally, lent] = entries_[i];
    PI_CHECK(tally.lease == lent.id);
    PI_CHECK(tally.sequence == (i < sent_ ? lastSequence_ - sent_ + i + 1 : 0));
  }
}

}  // namespace pi::worker
