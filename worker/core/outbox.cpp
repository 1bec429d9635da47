#include "worker/core/outbox.h"

namespace pi::worker {
namespace {

// A scheduler that cannot save anything, because its disk is full, say, has heard of them all the
// same: beyond so many the oldest are forgotten, and would be lost if it crashed then.
constexpr std::size_t kUncommittedMax = 4096;

}  // namespace

void Outbox::add(const LeaseTally& tally, const Lease& lent) {
  LeaseTally* last = hasUnsent() ? &entries_.back().tally : nullptr;
  bool adjoins = last != nullptr && last->lease == tally.lease &&
                 last->tally.range.end == tally.tally.range.begin;
  if (!adjoins) {
    entries_.push_back({.tally = tally, .lent = lent});
    return;
  }
  last->tally.range.end = tally.tally.range.end;
  last->tally.hits += tally.tally.hits;
  last->busy += tally.busy;
}

std::vector<LeaseTally> Outbox::send() {
  std::vector<LeaseTally> tallies;
  tallies.reserve(entries_.size() - sent_);
  for (; sent_ < entries_.size(); ++sent_) {
    LeaseTally& tally = entries_[sent_].tally;
    tally.sequence = ++lastSequence_;
    tallies.push_back(tally);
  }
  while (sent_ > kUncommittedMax) {
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

}  // namespace pi::worker
