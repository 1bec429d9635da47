#include "tests/simulation/efficiency.h"

#include <algorithm>
#include <numeric>

#include "scheduler/core/pace.h"
#include "tests/simulation/targets.h"
#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

// Generous.  5,000 seeds of the profile "all" wasted, for each fault, 0.0026 s on average, 0.04 s
// in one of 100 stories, and at most 0.39 s.  1,630 of them continued after the faults: half of
// them were late by 2.0 s or less, one of 100 by 17 s, one of 1,000 by 55 s, and at most by 59 s (a
// worker that hangs with a lease costs whole timeouts).
constexpr double kWastedSecondsPerFaultMax = 0.5;
constexpr double kLateSecondsMax = 40;
constexpr double kLateTimeoutsMax = 4;

// All workers that started, together.
double samplesPerSecond(const World& world) {
  double sum = 0;
  for (const auto& worker : world.workers) sum += static_cast<double>(worker->fullSpeed());
  return sum;
}

std::uint64_t costOf(const JobSpec& spec, std::uint64_t begin, std::uint64_t end,
                     const BlockRule& rule) {
  return scheduler::JobWork(spec, rule).costOf({.begin = begin, .end = end});
}

// That of the workers of the start, for a job with this limit of threads: of one of them then.
double speedAtStart(const Plan& plan, std::uint32_t threadsMax) {
  double all = 0, fastest = 0;
  for (std::size_t i = 0; i < plan.workersAtStart; ++i) {
    all += static_cast<double>(plan.workers[i].samplesPerSecond);
    fastest = std::max(fastest, limitedSpeed(plan.workers[i], threadsMax));
  }
  return threadsMax == 0 ? all : fastest;
}

// When the last job ends if the workers of the start compute all the time, one job after the other.
double idealSeconds(const Plan& plan) {
  double end = 0;
  for (const PlannedJob& job : plan.jobs) {
    if (job.isOff) continue;
    double speed = speedAtStart(plan, job.spec.threadsMax);
    std::uint64_t cost = costOf(job.spec, 0, finalSamples(job.spec), plan.config.block);
    end = std::max(end, seconds(job.at)) + static_cast<double>(cost) / speed;
    std::uint64_t begin = finalSamples(job.spec);
    for (std::uint64_t samples : job.extendTo) {
      JobSpec larger = job.spec;
      larger.samples = samples;
      larger.targetError = 0;
      cost = costOf(larger, begin, samples, plan.config.block);
      end += seconds(job.extendAfter) + static_cast<double>(cost) / speed;
      begin = samples;
    }
  }
  return end;
}

// When the faults are over.  A pause of the scheduler may last longer than they do.
Duration endOfFaults(const Plan& plan) {
  Duration end = plan.calmAt;
  for (const PlannedFault& fault : plan.faults) {
    if (fault.fault == Fault::kPauseScheduler) end = std::max(end, fault.at + fault.length);
  }
  return end;
}

}  // namespace

std::uint64_t costCountedOf(const JobInfo& job, const BlockRule& rule) {
  // The samples before an extension were computed in the blocks of the smaller job.
  std::uint64_t cost = 0, begin = 0;
  for (std::uint64_t samples : job.extendedFrom) {
    JobSpec smaller = job.spec;
    smaller.samples = samples;
    BlockRule then = rule;
    // The blocks depended on a target error that is gone: at most, it cost what the smallest do.
    bool hadTarget = begin == 0 && job.spec.name == kExtendedTarget;
    if (hadTarget) then.netLevelMax = then.netLevelMin;
    cost += costOf(smaller, begin, samples, then);
    begin = samples;
  }
  return cost + costOf(job.spec, begin, job.samplesCounted, rule);
}

Efficiency efficiencyOf(const World& world) {
  Efficiency result;
  for (const auto& worker : world.workers) {
    result.samplesComputed += worker->samplesComputed();
    result.costComputed += worker->costComputed();
  }
  double costCounted = 0;
  for (const JobInfo& job : world.allJobs()) {
    result.samplesCounted += job.samplesCounted;
    costCounted += static_cast<double>(costCountedOf(job, world.plan.config.block));
  }
  double wasted = static_cast<double>(result.costComputed) - costCounted -
                  static_cast<double>(world.judge.costLost());
  result.wastedSeconds = wasted / samplesPerSecond(world);
  for (const FaultKind& kind : kFaultKinds) {
    if (kind.isPlanned()) result.faults += world.counts.of(kind.fault);
  }
  result.delaySeconds = seconds(world.now().time_since_epoch()) - idealSeconds(world.plan);
  if (std::optional<double> needed = world.saboteur.secondsLeftAtCalm()) {
    result.lateSeconds =
        seconds(world.now().time_since_epoch() - endOfFaults(world.plan)) - *needed;
  }
  const scheduler::Config& config = world.plan.config;
  scheduler::Pace slowest = scheduler::paceFor(config, world.plan.workers.size());
  result.timeoutSeconds = seconds(slowest.policy.silenceTimeout + config.reconnectGrace);
  result.stretch = seconds(slowest.policy.heartbeat) / seconds(config.heartbeat);
  return result;
}

std::string excessOf(const Efficiency& story) {
  double faults = 1 + static_cast<double>(story.faults);
  if (story.wastedSeconds > kWastedSecondsPerFaultMax * story.stretch * faults) {
    return "more work was wasted than the faults explain";
  }
  double lateMax = kLateSecondsMax + kLateTimeoutsMax * story.timeoutSeconds;
  if (story.lateSeconds.value_or(0) > lateMax) {
    return "it ended much later than the faults explain";
  }
  return "";
}

}  // namespace pi::simulation
