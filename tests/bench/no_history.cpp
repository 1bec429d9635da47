// A history that remembers nothing: programs with this file instead of the core's show what
// remembering costs.  The linker takes these functions, since they come before the core's library.
#include "scheduler/core/convergence.h"
#include "scheduler/core/lease_history.h"
#include "scheduler/core/throughput.h"
#include "scheduler/core/worker_history.h"

namespace pi::scheduler {

LeaseHistory::LeaseHistory(const HistoryLimits& limits, JobTable& jobs)
    : limits_(limits), jobs_(jobs) {}
void LeaseHistory::countPart(const LeaseTally&) {}
void LeaseHistory::countLate(WorkerId, const LeaseTally&, Instant) {}
void LeaseHistory::end(const LeaseRecord&, LeaseOutcome, Instant) {}
void LeaseHistory::addPart(LeaseRecord&) const {}
std::vector<LeaseRecord> LeaseHistory::endedAfter(std::uint64_t, std::size_t) const { return {}; }
std::vector<LeaseRecord> LeaseHistory::endedOf(WorkerId) const { return {}; }
std::vector<LeaseRecord> LeaseHistory::endedOf(JobId, std::uint64_t, std::size_t) const {
  return {};
}
void LeaseHistory::checkInvariants() const {}

Convergence::Convergence(Sampler sampler, std::size_t max)
    : strata_(strataCount(sampler)), max_(max) {}
void Convergence::note(const Ledger&, Duration) {}
void Convergence::close(const Ledger&, Duration) {}
void Convergence::correct(const Ledger&, Duration) {}
void Convergence::restore(const std::vector<ConvergencePoint>&, const Ledger&, Duration) {}
void Convergence::halve() {}
ConvergencePoint Convergence::at(std::size_t) const { return {}; }
std::vector<ConvergencePoint> Convergence::points() const { return {}; }
std::vector<ConvergencePoint> Convergence::takeChanges() { return {}; }
void Convergence::checkInvariants() const {}

Throughput::Throughput(std::size_t max) : max_(max) {}
void Throughput::add(std::uint64_t, Duration) {}
void Throughput::halve() {}
void Throughput::checkInvariants() const {}

void WorkerHistory::note(WorkerId, WorkerState, Instant) {}
void WorkerHistory::noteGone(WorkerId, const WorkerProfile&, Instant) {}
const WorkerTrack* WorkerHistory::find(WorkerId) const { return nullptr; }
void WorkerHistory::checkInvariants() const {}

}  // namespace pi::scheduler
