// What a worker wants done.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "common/model/ids.h"
#include "common/model/lease.h"

namespace pi::worker {

namespace action {

struct Connect {};

// The scheduler does not answer: give the connection up.
struct Disconnect {};

// Say hello with what is held and what is not known to be committed.
struct Join {
  std::vector<Lease> lent;  // The leases of both, as they were lent.
  std::vector<LeaseRest> held;
  std::vector<LeaseTally> done;
};

struct Exchange {
  std::vector<LeaseTally> done;
};
struct Report {
  std::vector<LeaseTally> done;
};
struct Leave {
  std::vector<LeaseTally> done;
};

// The threads go on with this lease after what they have.
struct Compute {
  Lease lease;
};

// event::RunningLow is wanted when fewer samples than this are not begun.
struct SetLowWater {
  std::uint64_t samples = 0;
};

// What the threads have begun becomes a span of its own, so that it is soon heard of.
struct CutSpan {};

// The threads leave the lease alone; nobody wants its samples.
struct DropLease {
  LeaseId lease{};
};

// The threads finish what is in hand and begin nothing more.
struct StopComputing {};

enum class ExitReason { kDrained, kNoScheduler, kRefused };
struct Exit {
  ExitReason reason{};
};

}  // namespace action

using Action =
    std::variant<action::Connect, action::Disconnect, action::Join, action::Exchange,
                 action::Report, action::Leave, action::Compute, action::SetLowWater,
                 action::CutSpan, action::DropLease, action::StopComputing, action::Exit>;
using Actions = std::vector<Action>;

}  // namespace pi::worker
