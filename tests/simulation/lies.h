// The false tallies of a lying worker: if one is counted, the result of a job is wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "scheduler/core/event.h"
#include "tests/simulation/random.h"

namespace pi::simulation {

struct World;
class WorkerProcess;

// The hits that a worker reports instead of those that it has found.
enum class Cheat : std::uint8_t { kNone, kNoHits, kOnlyHits, kTooMany };
constexpr std::uint64_t kCheats = 3;

// As the cheat reports it, if the tally is of a job with the sampler `random`: for the other
// sampler small tallies cannot be told from true ones.
void falsifyHits(World& world, const WorkerProcess& cheat, std::vector<LeaseTally>& done);

// The worker reports one false tally of a kind that is on, if it has anything to lie about.
void tellLie(World& world, WorkerProcess& liar, Random& random);

// The worker claims a lease that it holds and one that it has computed; mostly not its own.
void claimForeignLease(World& world, const WorkerProcess& liar,
                       scheduler::event::WorkerJoined& joined);

// The worker reports a tally of its past again: the ledger must not count it twice.
void replayTally(World& world, WorkerProcess& worker);

}  // namespace pi::simulation
