// Tallies on their way to the scheduler: none is lost, and none is changed once it was sent.
#pragma once

#include <vector>

#include "common/base/lease.h"

namespace pi::worker {

// Which call carried a tally; its answer confirms it.
enum class Channel { kNone, kJoin, kExchange, kReport, kLeave };

class Outbox {
 public:
  void add(const LeaseTally& tally);

  bool hasUnsent() const { return !unsent_.empty(); }
  bool isEmpty() const { return unsent_.empty() && sent_.empty(); }  // All is confirmed.

  // What was never sent.
  std::vector<LeaseTally> send(Channel channel);

  // That and all that was sent and not confirmed, after the connection was lost.
  std::vector<LeaseTally> sendAll(Channel channel);

  void confirm(Channel channel);

 private:
  struct Sent {
    LeaseTally tally;
    Channel channel = Channel::kNone;
  };
  std::vector<Sent> sent_;  // And not confirmed.
  std::vector<LeaseTally> unsent_;
};

}  // namespace pi::worker
