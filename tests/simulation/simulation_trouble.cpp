// What goes wrong in the simulation, and how it is judged.
#include <algorithm>
#include <utility>

#include "tests/simulation/node.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/simulation.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kFaultsEnd = seconds(20);

}  // namespace

void Simulation::planFaults() {
  after(randomDelay(seconds(2)), [this] {
    if (now_.time_since_epoch() < kFaultsEnd) {
      if (faults_ == Faults::kCrashes) {
        crashScheduler(randomDelay(seconds(1)));
      } else {
        fault();
      }
      planFaults();
      return;
    }
    isCalm_ = true;
    diskFullUntil_ = now_;
    for (const auto& node : nodes_) {
      if (node->isMuted) breakConnection(*node);
    }
    start(1'000'000);
  });
}

void Simulation::fault() {
  Node& node = *nodes_[random(nodes_.size())];
  switch (random(14)) {
    case 0:
    case 1:
      return breakConnection(node);
    case 2:  // kill -9
      node.isAlive = false;
      return breakConnection(node);
    case 3:  // SIGSTOP, for a while or for good
      node.isHandicapped = true;
      node.pausedUntil = now_ + randomDelay(chance(0.2) ? seconds(100'000) : seconds(20));
      return;
    case 4:
      node.isHandicapped = true;
      node.pool.setSpeed(std::max<std::uint64_t>(1, node.fullSpeed / (1 + random(40))));
      return;
    case 5:
      if (nodes_.size() < 12) start(1000 + random(1'000'000), drawLife());
      return;
    case 6:
      return feed(node, worker::event::DrainAsked{});
    case 7: {  // A cable is cut: both sides notice when TCP gives up, if it is not mended before.
      node.isHandicapped = true;
      node.isMuted = true;
      after(randomDelay(seconds(20)), [this, &node] { breakConnection(node); });
      return;
    }
    case 8:
      node.isLiar = true;
      return lie(node);
    case 9:  // Everybody comes back at once.
      for (const auto& each : nodes_) breakConnection(*each);
      return;
    case 10:
      node.isCrawler = node.isHandicapped = true;
      node.pool.setSpeed(1 + random(100));
      return breakConnection(node);
    default:
      return schedulerFault();
  }
}

void Simulation::schedulerFault() {
  if (scheduler_ == nullptr) return;
  switch (random(9)) {
    case 7:
      return stopScheduler(Stopping::kAlone);
    case 8:
      return stopScheduler(chance(0.5) ? Stopping::kWithWorkers : Stopping::kAlone);
    case 0:
    case 1:
    case 2:
      return crashScheduler(randomDelay(chance(0.2) ? seconds(10) : milliseconds(500)));
    case 3:
      schedulerBusyUntil_ = now_ + randomDelay(chance(0.1) ? seconds(60) : milliseconds(500));
      return;
    case 4:
      if (chance(0.3)) loseState();
      return;
    case 5:
      diskFullUntil_ = now_ + randomDelay(seconds(5));
      return;
    default:
      if (JobId last = scheduler_->lastJob(); chance(0.2) && last != JobId{}) {
        feedScheduler(scheduler::event::JobCancelled{last, "the simulation says so"});
      }
  }
}

// Tallies whose hits are wrong, under all kinds of false names: if one is counted, the result
// shows.
void Simulation::lie(Node& node) {
  if (node.history.empty()) return;
  LeaseTally tally = node.history[random(node.history.size())];
  tally.sequence = 0;
  tally.tally.hits = {};
  switch (random(5)) {
    case 0:  // More hits than samples.
      tally.tally.hits.strata[0] = tally.tally.range.size() + 1;
      break;
    case 1:  // Samples that the job does not have.
      tally.tally.range.end += kSamplesEnd / 2;
      break;
    case 2:  // A lease that was never lent.
      tally.lease = LeaseId{number(tally.lease) + 1'000'000'000};
      tally.tally.range = {.begin = 0, .end = std::uint64_t{1} << random(24)};
      break;
    case 3: {  // Another's lease.
      auto ticket = tickets_.upper_bound({WorkerId{random(2 * workerIds_ + 1)}, LeaseId{}});
      if (ticket == tickets_.end() || ticket->first.first == node.id) return;
      tally.lease = ticket->second.id;
      tally.tally.range = ticket->second.range;
      break;
    }
    default: {  // What follows its newest lease, as if that were longer.
      auto newest = tickets_.upper_bound({node.id, LeaseId{~std::uint64_t{0}}});
      if (newest == tickets_.begin() || (--newest)->first.first != node.id) return;
      const Lease& lease = newest->second;
      tally.lease = lease.id;
      tally.job = lease.job;
      tally.tally.range = {.begin = lease.range.end, .end = lease.range.end + 1 + random(10'000)};
    }
  }
  toScheduler(node, scheduler::event::Reported{.worker = node.id, .done = {tally}});
}

// The past comes back: the ledger must not count it again.
void Simulation::replayOldTally(Node& node) {
  if (node.history.empty()) return;
  toScheduler(node, scheduler::event::Reported{
                        .worker = node.id, .done = {node.history[random(node.history.size())]}});
}

bool Simulation::allOver() const {
  bool isAnswered = std::all_of(clients_.begin(), clients_.end(),
                                [](const Client& client) { return client.job.has_value(); });
  return jobsToSubmit_ == 0 && isAnswered && scheduler_ != nullptr &&
         !scheduler_->hasUnfinishedJobs();
}

void Simulation::checkResult(const JobInfo& job) {
  if (job.state != JobState::kFinished) return;
  SampleRange all{.begin = 0, .end = job.spec.samples};
  if (job.samplesCounted != job.spec.samples) wrong_ = "not every sample was counted";
  if (!(job.hits == oracleHits(job.spec.stream, all))) wrong_ = "the hits are wrong";
  if (job.chunksCounted != job.spec.chunks()) wrong_ = "not every chunk was counted";
}

}  // namespace pi::simulation
