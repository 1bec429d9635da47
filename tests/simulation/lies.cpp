#include "tests/simulation/lies.h"

#include <iterator>
#include <optional>
#include <utility>

#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

// Nothing if the kind that is drawn is off.
std::optional<Fault> drawLie(const Chances& chances, Random& random) {
  double weights = 0;
  for (const FaultKind& kind : kFaultKinds) {
    if (kind.drawn == FaultClass::kLie) weights += kind.rate;
  }
  double left = static_cast<double>(random.below(1'000'000)) / 1e6 * weights;
  for (const FaultKind& kind : kFaultKinds) {
    if (kind.drawn != FaultClass::kLie) continue;
    if (left < kind.rate)
      return chances.isOn(kind.fault) ? std::optional(kind.fault) : std::nullopt;
    left -= kind.rate;
  }
  return std::nullopt;
}

// The end if there is none.
Tickets::const_iterator anyTicket(const Tickets& tickets, Random& random) {
  if (tickets.empty()) return tickets.end();
  return std::next(tickets.begin(), static_cast<std::ptrdiff_t>(random.below(tickets.size())));
}

// False if this kind of lie is not possible now.
bool falsify(LeaseTally& tally, Fault lie, const World& world, const WorkerProcess& liar,
             Random& random) {
  const Tickets& tickets = world.scheduler.tickets();
  if (lie == Fault::kLieImpossible) {
    tally.tally.hits.strata[0] = tally.tally.range.size() + 1;
    return true;
  }
  if (lie == Fault::kLieBeyondJob) {
    tally.tally.range.end += kSamplesEnd / 2;
    return true;
  }
  if (lie == Fault::kLieUnknownLease) {
    tally.lease = LeaseId{number(tally.lease) + 1'000'000'000};
    tally.tally.range = {.begin = 0, .end = std::uint64_t{1} << random.below(24)};
    return true;
  }
  if (lie == Fault::kLieStolenLease) {
    auto ticket = anyTicket(tickets, random);
    if (ticket == tickets.end() || ticket->first.first == liar.id()) return false;
    tally.lease = ticket->second.id;
    tally.tally.range = ticket->second.range;
    return true;
  }
  auto newest = tickets.upper_bound({liar.id(), LeaseId{~std::uint64_t{0}}});
  if (newest == tickets.begin() || (--newest)->first.first != liar.id()) return false;
  const Lease& lease = newest->second;
  tally.lease = lease.id;
  tally.job = lease.job;
  tally.tally.range = {.begin = lease.range.end, .end = lease.range.end + 1 + random.below(10'000)};
  return true;
}

void report(World& world, WorkerProcess& worker, const LeaseTally& tally) {
  world.network.toScheduler(worker,
                            scheduler::event::Reported{.worker = worker.id(), .done = {tally}},
                            Network::Answer::kNone);
}

}  // namespace

void tellLie(World& world, WorkerProcess& liar, Random& random) {
  std::optional<Fault> lie = drawLie(world.chances, random);
  if (!lie || liar.history().empty()) return;
  LeaseTally tally = liar.history()[random.below(liar.history().size())];
  tally.sequence = 0;
  tally.tally.hits = {};
  if (!falsify(tally, *lie, world, liar, random)) return;
  world.counts.add(*lie);
  report(world, liar, tally);
}

void falsifyHits(World& world, const WorkerProcess& cheat, std::vector<LeaseTally>& done) {
  for (LeaseTally& tally : done) {
    auto ticket = world.scheduler.tickets().find({cheat.id(), tally.lease});
    if (ticket == world.scheduler.tickets().end()) continue;
    if (!areIndependent(ticket->second.stream.sampler)) continue;
    std::uint64_t samples = tally.tally.range.size();
    std::uint64_t hits = cheat.cheat() == Cheat::kNoHits     ? 0
                         : cheat.cheat() == Cheat::kOnlyHits ? samples
                                                             : samples - samples / 5;
    tally.tally.hits.strata[0] = hits;
    world.judge.noteFalse(tally.job, cheat.id());
  }
}

void claimForeignLease(World& world, const WorkerProcess& liar,
                       scheduler::event::WorkerJoined& joined) {
  const Tickets& tickets = world.scheduler.tickets();
  auto claimed = anyTicket(tickets, world.chances.randomOf(Fault::kClaimLease, liar.index()));
  if (claimed == tickets.end() || claimed->first.first == liar.id()) return;
  const Lease& lease = claimed->second;
  joined.held.push_back({.lease = lease.id, .range = lease.range});
  joined.done.push_back({.lease = lease.id, .job = lease.job, .tally = {.range = lease.range}});
}

void replayTally(World& world, WorkerProcess& worker) {
  if (worker.history().empty()) return;
  Random& random = world.chances.randomOf(Fault::kReplayTally, worker.index());
  report(world, worker, worker.history()[random.below(worker.history().size())]);
}

}  // namespace pi::simulation
