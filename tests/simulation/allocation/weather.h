// The troubles in a story of batch systems, and how often they come.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/queue_options.h"
#include "tests/simulation/random.h"

namespace pi::simulation {

enum class Mishap : std::uint8_t {
  kRefuse,          // A submission is refused.
  kUnreachable,     // A submission does not reach the batch system.
  kUnclearDone,     // A submission gets no answer, and is carried out, perhaps a minute later.
  kUnclearNotDone,  // A submission gets no answer, and is not carried out.
  kListFails,
  kListSlow,
  kHide,          // A listing lacks an allocation that is alive.
  kCallEnded,     // A listing says that an allocation has ended that is alive.
  kCallPending,   // A listing says that an allocation is pending that runs.
  kUnknownState,  // A listing has a state that means nothing.
  kWrongStart,    // A listing has a wrong estimated start.
  kTwice,         // A listing has an allocation twice, once as ended.
  kCancelFails,
  kCancelIgnored,  // It is promised, and not done.
  kNoCause,        // The cause of an end is not known.
  kNeverStarts,    // An allocation stays pending until the storm is over.
  kDiesEarly,      // An allocation ends before its worker connects.
  kNoContact,      // An allocation runs, and its worker never connects.
  kSlowBoot,       // An allocation has its node long before that works.
  kSuspend,        // An allocation that runs is suspended for a while.
  kWorkerDies,     // An allocation ends while its worker computes.
  kWorkerHangs,    // A worker loses its connection for good; its allocation runs on.
  kDeaf,           // A worker does not leave when it is told to.
  kOvertime,       // An allocation runs beyond its time limit.
  kRequeue,        // An allocation that runs is pending again.
  kQuarantine,
  kAdminCancels,
  kCrash,       // The scheduler dies and starts again.
  kOtherLimit,  // It does so with other time limits.
  kStop,        // The scheduler stops in the storm, and starts again.
  kSlowDisk,
  kCount,
};
inline constexpr std::size_t kMishaps = static_cast<std::size_t>(Mishap::kCount);

std::string_view name(Mishap mishap);

// One story, as its seed draws it.
struct Weather {
  std::array<double, kMishaps> rates{};
  Duration storm{};     // Mishaps happen until then.
  Duration slowness{};  // The longest answer of the batch systems.
  Duration startsIn{};  // The longest wait of a pending allocation.
  std::size_t nodes = 0;
  std::vector<allocation::QueueOptions> queues{};
};

Weather drawWeather(std::uint64_t seed);

}  // namespace pi::simulation
