#include "worker/core/outbox.h"

#include <utility>

namespace pi::worker {

void Outbox::add(const LeaseTally& tally) {
  LeaseTally* last = unsent_.empty() ? nullptr : &unsent_.back();
  bool adjoins = last != nullptr && last->lease == tally.lease &&
                 last->tally.range.end == tally.tally.range.begin;
  if (!adjoins) {
    unsent_.push_back(tally);
    return;
  }
  last->tally.range.end = tally.tally.range.end;
  last->tally.hits += tally.tally.hits;
  last->busy += tally.busy;
}

std::vector<LeaseTally> Outbox::send(Channel channel) {
  for (const LeaseTally& tally : unsent_) sent_.push_back({.tally = tally, .channel = channel});
  return std::exchange(unsent_, {});
}

std::vector<LeaseTally> Outbox::sendAll(Channel channel) {
  send(channel);
  std::vector<LeaseTally> all;
  all.reserve(sent_.size());
  for (Sent& sent : sent_) {
    sent.channel = channel;
    all.push_back(sent.tally);
  }
  return all;
}

void Outbox::confirm(Channel channel) {
  std::erase_if(sent_, [channel](const Sent& sent) { return sent.channel == channel; });
}

}  // namespace pi::worker
