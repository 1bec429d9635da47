#include "worker/core/outbox.h"

#include "common/base/check.h"
#include "worker/core/limits.h"

namespace pi::worker {

void Outbox::add(const FinishedRun& run) {
  LeaseTally* last = hasUnsent() ? &runs_.back().tally : nullptr;
  bool adjoins = last != nullptr && last->lease == run.tally.lease &&
                 last->tally.range.end == run.tally.tally.range.begin;
  if (adjoins) {
    append(*last, run.tally);
  } else {
    runs_.push_back(run);
  }
}

std::vector<LeaseTally> Outbox::send() {
  std::vector<LeaseTally> tallies;
  tallies.reserve(runs_.size() - sent_);
  for (; sent_ < runs_.size(); ++sent_) {
    LeaseTally& tally = runs_[sent_].tally;
    tally.sequence = ++lastSequence_;
    tallies.push_back(tally);
  }
  while (sent_ > kUncommittedTalliesMax) {
    runs_.pop_front();
    --sent_;
  }
  return tallies;
}

std::vector<LeaseTally> Outbox::sendAll() {
  send();
  std::vector<LeaseTally> all;
  all.reserve(runs_.size());
  for (const FinishedRun& run : runs_) all.push_back(run.tally);
  return all;
}

std::vector<Lease> Outbox::leases() const {
  std::vector<Lease> leases;
  for (const FinishedRun& run : runs_) {
    bool isKnown = !leases.empty() && leases.back().id == run.lent.id;
    if (!isKnown) leases.push_back(run.lent);
  }
  return leases;
}

void Outbox::clear() {
  runs_.clear();
  sent_ = 0;
}

void Outbox::commit(std::uint64_t sequence) {
  while (sent_ > 0 && runs_.front().tally.sequence <= sequence) {
    runs_.pop_front();
    --sent_;
  }
}

void Outbox::checkInvariants() const {
  PI_CHECK(sent_ <= runs_.size());
  PI_CHECK(sent_ <= kUncommittedTalliesMax);
  PI_CHECK(sent_ <= lastSequence_);
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const auto& [tally, lent] = runs_[i];
    PI_CHECK(tally.lease == lent.id);
    PI_CHECK(tally.sequence == (i < sent_ ? lastSequence_ - sent_ + i + 1 : 0));
  }
}

}  // namespace pi::worker
