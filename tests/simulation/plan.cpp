#include "tests/simulation/plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/model/target.h"
#include "tests/simulation/describe.h"
#include "tests/simulation/lies.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/random.h"
#include "tests/simulation/targets.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kFaultsEnd = seconds(20);
// A part of the stories is planned to continue after the faults, to measure how late they end. They
// have fewer faults, and longer leases and steps, so that they do not take most of the time.
constexpr double kLongStories = 0.25;
constexpr Duration kFaultsEndOfLong = seconds(8);
constexpr Duration kBetweenFaultsMax = seconds(2);
constexpr std::size_t kWorkersMax = 12;  // Faults start no more workers than this.
constexpr Duration kDistanceMax = milliseconds(200);
constexpr Duration kBatchJobMax = seconds(20);
constexpr std::uint64_t kHonestSpeed = 1'000'000;

// Small blocks, so that small jobs have nets; in half of the stories these are much faster.
BlockRule drawBlocks(std::uint64_t seed, std::uint64_t randomBlock) {
  Random random(seed, Random::Purpose::kBlocks);
  int level = static_cast<int>(1 + random.below(6));
  return {.random = randomBlock,
          .netLevelMin = level,
          .netLevelMax = level + static_cast<int>(random.below(5)),
          .netBlocksMin = std::uint64_t{1} << random.below(7),
          .netStepCost = random.chance(0.5) ? 1u : 32u};
}

// So little that most of it is forgotten while a story continues.
scheduler::HistoryLimits drawHistory(std::uint64_t seed) {
  Random random(seed, Random::Purpose::kHistory);
  scheduler::HistoryLimits limits;
  limits.leaseRecordsPerWorkerMax = random.below(16);
  limits.leaseRecordsMax = random.below(40);
  limits.statePeriodsMax = 1 + random.below(4);
  limits.goneWorkersMax = random.below(4);
  limits.throughputPartsMax = 2 + random.below(30);
  // Half of the stories keep every point, so that those before and after a restart can be compared.
  if (random.chance(0.5)) return limits;
  limits.convergencePointsMax = 2 + random.below(30);
  limits.seriesNumbersMax = random.below(1000);
  return limits;
}

scheduler::Config drawConfig(std::uint64_t seed, Random& random) {
  scheduler::Config config;
  config.block = drawBlocks(seed, std::uint64_t{1} << random.below(12));
  config.lease.target = milliseconds(std::uint64_t{1} << random.below(10));
  config.silenceTimeout = milliseconds(3000 + random.below(12000));
  config.reconnectGrace = milliseconds(random.below(5000));
  config.firstLeaseCost = std::uint64_t{1} << random.below(25);
  config.goal = simulatedGoal;
  config.surpriseMax = static_cast<double>(10 + random.below(91));
  config.recheckSamplesMax = std::uint64_t{1} << (12 + random.below(13));
  // Some stories keep two old jobs, of each submitter one if possible; others only the last ones.
  config.endedJobsKept = random.below(3) == 0 ? 1 + random.below(3) : 100;
  config.endedJobsMax = std::max<std::size_t>(config.endedJobsKept, 2);
  config.endedJobsKeptFor = config.endedJobsKept == 2 ? std::chrono::hours(24) : seconds(0);
  config.history = drawHistory(seed);
  return config;
}

// In a part of the stories so few that their policy changes as workers come and go.
std::size_t drawFullPace(std::uint64_t seed) {
  Random random(seed, Random::Purpose::kPace);
  return random.chance(0.3) ? 2 + random.below(3) : scheduler::Config().workersAtFullPace;
}

FaultSet kindsOf(Profile profile) {
  switch (profile) {
    case Profile::kNone:
      return {};
    case Profile::kCrashes:
      return FaultSet().add(Fault::kCrashScheduler);
    case Profile::kReconnects:
      return FaultSet().add(Fault::kBreakConnection).add(Fault::kBreakAllConnections);
    case Profile::kAll:
      return FaultSet::all();
  }
  return {};
}

// About the standard error that so many samples have.
double errorOf(Sampler sampler, double samples) {
  switch (sampler) {
    case Sampler::kRandom:
      return 1.64 / std::sqrt(samples);
    case Sampler::kSobol:
      return 3.5 * std::pow(samples, -0.75);
  }
  return 0;
}

bool startsWorker(Fault fault) {
  return fault == Fault::kStartWorker || fault == Fault::kDismissWorkers;
}

// Draws the entries of a plan one after the other.
class Draw {
 public:
  Draw(Plan& plan, Profile profile, bool isLong)
      : plan_(plan),
        profile_(profile),
        isLong_(isLong),
        random_(plan.seed, Random::Purpose::kPlan) {}

  void workers() {
    plan_.workersAtStart = 1 + random_.below(5);
    for (std::size_t i = 0; i < plan_.workersAtStart; ++i) addWorker();
  }

  void jobs() {
    if (profile_ == Profile::kReconnects) return longJob(20);
    if (isLong_) return longJob(8 + random_.below(8));
    std::size_t jobs = 1 + random_.below(4);
    Duration at{};
    for (std::size_t i = 0; i < jobs; ++i) {
      plan_.jobs.push_back(extended({.at = at, .spec = job()}));
      at += random_.upTo(random_.chance(0.3) ? Duration(milliseconds(5)) : seconds(5));
    }
  }

  void faults() {
    if (profile_ == Profile::kNone) return;
    Duration at = random_.upTo(kBetweenFaultsMax);
    for (; at < (isLong_ ? kFaultsEndOfLong : kFaultsEnd); at += random_.upTo(kBetweenFaultsMax)) {
      plan_.faults.push_back(faultAt(at));
    }
    plan_.calmAt = at;
    plan_.workers.push_back({.samplesPerSecond = kHonestSpeed});
  }

 private:
  // It keeps the workers of the start busy for that long, so that wasted work and time show.
  void longJob(std::uint64_t length) {
    std::uint64_t perSecond = 0;
    for (const PlannedWorker& worker : plan_.workers) perSecond += worker.samplesPerSecond;
    JobSpec spec{.samples = perSecond * length, .chunkSize = 1 + random_.below(perSecond)};
    plan_.jobs.push_back({.at = {}, .spec = spec});
  }

  JobSpec job() {
    JobSpec spec;
    static_assert(kSamplers.size() == 2, "let a part of the jobs use the new sampler");
    // A doubt costs work, which some profiles do not allow.
    bool isOutlier = random_.chance(0.05) && profile_ == Profile::kAll;
    spec.stream = {.seed = isOutlier ? kOutlierSeed : kOutlierSeed + 1 + random_.below(100),
                   .sampler = random_.chance(0.3) ? Sampler::kSobol : Sampler::kRandom};
    spec.samples = 1 + random_.below(std::uint64_t{1} << random_.below(24));
    spec.chunkSize =
        1 + random_.below(random_.chance(0.3) ? spec.samples
                                              : std::min<std::uint64_t>(spec.samples, 5000));
    setTarget(spec);
    setChunkByBlock(spec);
    limitThreads(spec);
    spec.priority = static_cast<std::int32_t>(random_.below(3)) - 1;
    spec.submitter = spec.stream.seed % 3 == 0 ? "ann" : "bob";
    return spec;
  }

  // Some jobs have a target error, which they may reach with a part of their samples.
  void setTarget(JobSpec& spec) const {
    Random apart(plan_.seed, Random::Purpose::kTarget, plan_.jobs.size());
    if (!apart.chance(0.25)) return;
    double samples = static_cast<double>(spec.samples >> apart.below(8)) + 1;
    spec.targetError = errorOf(spec.stream.sampler, samples);
    spec.chunkSize = std::min(spec.chunkSize, firstPrefix(spec));
  }

  // Chunks of some jobs that are counted by nets are half a block, a block, or two.
  void setChunkByBlock(JobSpec& spec) const {
    Random apart(plan_.seed, Random::Purpose::kChunk, plan_.jobs.size());
    Block block = blockOf(spec, plan_.config.block);
    if (!block.isNet() || !apart.chance(0.2)) return;
    std::uint64_t chunk = (block.samples / 2) << apart.below(3);
    spec.chunkSize = std::min(chunk, firstPrefix(spec));
  }

  void limitThreads(JobSpec& spec) const {
    Random apart(plan_.seed, Random::Purpose::kThreads, plan_.jobs.size());
    if (apart.chance(0.25)) spec.threadsMax = 1 + static_cast<std::uint32_t>(apart.below(10));
  }

  PlannedJob extended(PlannedJob planned) const {
    Random apart(plan_.seed, Random::Purpose::kExtension, plan_.jobs.size());
    if (!apart.chance(0.2)) return planned;
    if (planned.spec.targetError > 0) planned.spec.name = kExtendedTarget;
    planned.extendTo = {planned.spec.samples + 1 + apart.below(planned.spec.samples)};
    planned.extendAfter = apart.chance(0.5) ? Duration{} : apart.upTo(seconds(3));
    planned.isHasty = apart.chance(0.3);
    if (apart.chance(0.4)) {
      std::uint64_t first = planned.extendTo[0];
      planned.extendTo.push_back(first + 1 + apart.below(planned.spec.samples));
    }
    return planned;
  }

  std::size_t addWorker() {
    PlannedWorker worker{.samplesPerSecond = 1000 + random_.below(1'000'000)};
    bool isShortLived = random_.chance(kindOf(Fault::kShortLifetime).rate);
    bool mayDie = random_.chance(kindOf(Fault::kDeathTimeout).rate);
    Duration lifetime = random_.upTo(seconds(20));
    Duration death =
        milliseconds(500) + random_.upTo(random_.chance(0.7) ? seconds(3) : seconds(60));
    if (isShortLived && plan_.on.has(Fault::kShortLifetime)) worker.config.lifetime = lifetime;
    if (mayDie && plan_.on.has(Fault::kDeathTimeout)) worker.config.deathTimeout = death;
    // Drawn apart, so that far workers did not change the other draws of known seeds.
    Random apart(plan_.seed, Random::Purpose::kDistance, plan_.workers.size());
    bool isFar = apart.chance(kindOf(Fault::kFarWorker).rate);
    if (isFar && plan_.on.has(Fault::kFarWorker)) worker.distance = apart.upTo(kDistanceMax);
    worker.sobolFactor = 0.25 * static_cast<double>(std::uint64_t{1} << apart.below(5));
    worker.threads = 1 + static_cast<std::uint32_t>(apart.below(8));
    // The first one is always of use, so that each job ends.
    worker.limitsThreads = plan_.workers.empty() || !apart.chance(0.15);
    setBatchEnd(worker);
    plan_.workers.push_back(worker);
    return plan_.workers.size() - 1;
  }

  void setBatchEnd(PlannedWorker& worker) const {
    Random apart(plan_.seed, Random::Purpose::kBatchJob, plan_.workers.size());
    bool isEarly = apart.chance(kindOf(Fault::kEarlyEnd).rate);
    bool isOnTime = apart.chance(kindOf(Fault::kBatchEnd).rate);
    Duration said = milliseconds(1) + apart.upTo(kBatchJobMax);
    Duration early = apart.upTo(said - milliseconds(1));
    Fault kind = isEarly ? Fault::kEarlyEnd : Fault::kBatchEnd;
    if (!(isEarly || isOnTime) || !plan_.on.has(kind)) return;
    worker.config.killedAfter = said;
    worker.killedAfter = isEarly ? std::max<Duration>(early, milliseconds(1)) : said;
  }

  Fault anyFault() {
    double weights = 0;
    auto canDraw = [this](const FaultKind& kind) {
      return kind.isPlanned() && plan_.on.has(kind.fault);
    };
    for (const FaultKind& kind : kFaultKinds) weights += canDraw(kind) ? kind.rate : 0;
    double left = static_cast<double>(random_.below(1'000'000)) / 1e6 * weights;
    for (const FaultKind& kind : kFaultKinds) {
      if (!canDraw(kind)) continue;
      if (left < kind.rate) return kind.fault;
      left -= kind.rate;
    }
    return Fault::kBreakConnection;
  }

  void addWorkerFor(PlannedFault& planned) {
    if (plan_.workers.size() < kWorkersMax) {
      planned.worker = addWorker();
    } else {
      planned.fault = Fault::kBreakConnection;
    }
  }

  Duration longestCrash(bool isLong) const {
    if (profile_ != Profile::kAll) return seconds(1);
    return isLong ? Duration(seconds(10)) : milliseconds(500);
  }

  static Duration longestOutage(Fault fault, bool isLong) {
    return isLong && fault == Fault::kPauseWorker ? seconds(100'000) : seconds(20);
  }

  // Every draw is made for every kind, so that a kind can get one more without moving the others.
  PlannedFault faultAt(Duration at) {
    PlannedFault planned{
        .at = at, .fault = anyFault(), .worker = random_.below(plan_.workers.size())};
    bool isLong = random_.chance(0.2), isVeryLong = random_.chance(0.1);
    std::uint64_t amount = random_.below(100), share = random_.below(1'000'001);
    auto part = [share](Duration most) { return most / 1'000'000 * static_cast<int>(share); };
    switch (planned.fault) {
      case Fault::kPauseWorker:
      case Fault::kCutCable:
        planned.length = part(longestOutage(planned.fault, isLong));
        break;
      case Fault::kSlowWorker:
      case Fault::kLoseDevice:
        planned.amount = amount % 40 + (planned.fault == Fault::kSlowWorker ? 1 : 0);
        break;
      case Fault::kCrawlWorker:
        planned.amount = 1 + amount;
        break;
      case Fault::kTurnCheat:
        planned.amount = 1 + amount % kCheats;
        break;
      case Fault::kStartWorker:
        addWorkerFor(planned);
        break;
      case Fault::kCrashScheduler:
        planned.length = part(longestCrash(isLong));
        break;
      case Fault::kPauseScheduler:
        planned.length = part(isVeryLong ? Duration(seconds(60)) : milliseconds(500));
        break;
      case Fault::kDismissWorkers:
        planned.worker = addWorker();
        [[fallthrough]];
      case Fault::kStopScheduler:
      case Fault::kLoseState:
      case Fault::kRestoreState:
        planned.length = part(seconds(1));
        break;
      case Fault::kFillDisk:
        planned.length = part(seconds(5));
        break;
      case Fault::kBreakConnection:  // From here on: no time and no amount, or never planned.
      case Fault::kBreakAllConnections:
      case Fault::kKillWorker:
      case Fault::kDrainWorker:
      case Fault::kTurnLiar:
      case Fault::kCancelJob:
      case Fault::kChangePriority:
      case Fault::kLieImpossible:
      case Fault::kLieBeyondJob:
      case Fault::kLieUnknownLease:
      case Fault::kLieStolenLease:
      case Fault::kLieLongLease:
      case Fault::kRefuseConnection:
      case Fault::kMuteListener:
      case Fault::kLoseAnswer:
      case Fault::kReplayTally:
      case Fault::kLieAgain:
      case Fault::kClaimLease:
      case Fault::kSpoilPoints:
      case Fault::kShortLifetime:
      case Fault::kDeathTimeout:
      case Fault::kFarWorker:
      case Fault::kBatchEnd:
      case Fault::kEarlyEnd:
      case Fault::kCrashAtGoal:
        break;
    }
    return planned;
  }

  Plan& plan_;
  Profile profile_;
  bool isLong_;
  Random random_;
};

}  // namespace

double limitedSpeed(const PlannedWorker& worker, std::uint32_t threadsMax) {
  if (!worker.limitsThreads) return 0;
  double share = static_cast<double>(std::min(threadsMax, worker.threads)) / worker.threads;
  return share * static_cast<double>(worker.samplesPerSecond);
}

Plan drawPlan(std::uint64_t seed, Profile profile) {
  Random random(seed, Random::Purpose::kConfig);
  Plan plan{.seed = seed, .config = drawConfig(seed, random), .on = kindsOf(profile)};
  plan.config.heartbeat = milliseconds(10 + random.below(1000));
  // Connections that break are judged by how little they cost at full pace.
  if (profile != Profile::kReconnects) plan.config.workersAtFullPace = drawFullPace(seed);
  // Where a job is long, a story with short leases would have too many steps.
  if (profile == Profile::kReconnects) {
    plan.config.lease.target = std::max<Duration>(plan.config.lease.target, milliseconds(100));
  }
  bool isLong = profile == Profile::kAll && random.chance(kLongStories);
  if (isLong) {
    plan.config.lease.target = std::max<Duration>(plan.config.lease.target, milliseconds(500));
    plan.config.heartbeat = std::max<Duration>(plan.config.heartbeat, milliseconds(500));
    plan.stepMax = milliseconds(200);
  }
  Draw draw(plan, profile, isLong);
  draw.workers();
  draw.jobs();
  draw.faults();
  return plan;
}

Plan planOf(const Task& task, std::uint64_t seed) {
  Plan plan{.seed = seed, .stepMax = milliseconds(2)};
  plan.config.block.random = 1;
  // All records are added up after each event: with few of them a long job takes less time.
  constexpr std::size_t kRecordsOfWorker = 16;
  plan.config.history.leaseRecordsPerWorkerMax = kRecordsOfWorker;
  for (std::uint64_t speed : task.samplesPerSecond) {
    plan.workers.push_back({.samplesPerSecond = speed, .distance = task.distance});
  }
  plan.workersAtStart = plan.workers.size();
  plan.jobs.push_back({.at = {}, .spec = task.job});
  return plan;
}

void leaveOut(Plan& plan, const Omission& omission) {
  for (const FaultKind& kind : kFaultKinds) {
    if (omission.kinds.has(kind.fault)) plan.on.remove(kind.fault);
  }
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    PlannedFault& planned = plan.faults[i];
    if (omission.faults.contains(i + 1) || !plan.on.has(planned.fault)) planned.isOff = true;
  }
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    if (omission.jobs.contains(i + 1)) plan.jobs[i].isOff = true;
  }
  for (PlannedWorker& worker : plan.workers) {
    if (!plan.on.has(Fault::kShortLifetime)) worker.config.lifetime = {};
    if (!plan.on.has(Fault::kDeathTimeout)) worker.config.deathTimeout = {};
    if (!plan.on.has(Fault::kFarWorker)) worker.distance = {};
    if (plan.on.has(isEndedEarly(worker) ? Fault::kEarlyEnd : Fault::kBatchEnd)) continue;
    worker.config.killedAfter.reset();
    worker.killedAfter = {};
  }
}

namespace {

// False if the fault that starts the worker is off.
bool mayStart(const Plan& plan, std::size_t worker) {
  bool isThere = worker < plan.workersAtStart || worker + 1 == plan.workers.size();
  return isThere || std::ranges::any_of(plan.faults, [worker](const PlannedFault& planned) {
           return !planned.isOff && planned.worker == worker && startsWorker(planned.fault);
         });
}

std::string extensionText(const PlannedJob& job) {
  if (job.extendTo.empty()) return "";
  std::string text = ", extended to ";
  for (std::uint64_t samples : job.extendTo) {
    if (samples != job.extendTo.front()) text += ", then ";
    text += std::to_string(samples);
  }
  return text + " samples " + inSeconds(job.extendAfter) + " s after its " +
         (job.isHasty ? "submission" : "end");
}

}  // namespace

std::string describe(const PlannedFault& planned) {
  std::string text(kindOf(planned.fault).name);
  bool isForWorker = kindOf(planned.fault).drawn == FaultClass::kWorker;
  if (isForWorker) text += " worker " + std::to_string(planned.worker + 1);
  if (startsWorker(planned.fault)) text += ", starts worker " + std::to_string(planned.worker + 1);
  if (planned.length > Duration::zero()) text += " for " + inSeconds(planned.length) + " s";
  if (planned.amount > 0) text += " by " + std::to_string(planned.amount);
  return text;
}

std::string describe(const Plan& plan) {
  std::string text = "plan of seed " + std::to_string(plan.seed) + ": leases of " +
                     inSeconds(plan.config.lease.target) + " s, blocks of " +
                     std::to_string(plan.config.block.random) + " samples, silence timeout " +
                     inSeconds(plan.config.silenceTimeout) + " s, reconnect grace " +
                     inSeconds(plan.config.reconnectGrace) + " s, heartbeat " +
                     inSeconds(plan.config.heartbeat) + " s, keeps " +
                     std::to_string(plan.config.endedJobsKept) + " ended jobs, full pace up to " +
                     std::to_string(plan.config.workersAtFullPace) + " workers\n";
  for (std::size_t i = 0; i < plan.workers.size(); ++i) {
    const PlannedWorker& worker = plan.workers[i];
    if (!mayStart(plan, i)) continue;
    text += "  worker " + std::to_string(i + 1) + ": " + std::to_string(worker.samplesPerSecond) +
            " samples/s";
    text += worker.limitsThreads ? " with " + std::to_string(worker.threads) + " threads"
                                 : ", cannot limit its threads";
    if (worker.config.lifetime > Duration::zero()) {
      text += ", drains after " + inSeconds(worker.config.lifetime) + " s";
    }
    if (worker.config.deathTimeout > Duration::zero()) {
      text += ", exits after " + inSeconds(worker.config.deathTimeout) + " s without a scheduler";
    }
    if (worker.distance > Duration::zero()) {
      text += ", its messages take " + inSeconds(worker.distance) + " s longer";
    }
    if (worker.config.killedAfter) {
      text += ", its batch job ends after " + inSeconds(*worker.config.killedAfter) + " s";
      if (isEndedEarly(worker)) text += ", really after " + inSeconds(worker.killedAfter) + " s";
    }
    bool isLast = i + 1 == plan.workers.size() && plan.calmAt > Duration::zero();
    if (isLast) text += ", starts when the faults end, at " + inSeconds(plan.calmAt) + " s";
    if (i >= plan.workersAtStart && !isLast) text += ", started by a fault";
    text += "\n";
  }
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    if (plan.jobs[i].isOff) continue;
    text += "  job " + std::to_string(i + 1) + " at " + inSeconds(plan.jobs[i].at) +
            " s: " + describe(plan.jobs[i].spec) + extensionText(plan.jobs[i]) + "\n";
  }
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    if (plan.faults[i].isOff) continue;
    text += "  fault " + std::to_string(i + 1) + " at " + inSeconds(plan.faults[i].at) +
            " s: " + describe(plan.faults[i]) + "\n";
  }
  std::string chances;
  for (const FaultKind& kind : kFaultKinds) {
    bool isDrawnLater = kind.drawn == FaultClass::kChance || kind.drawn == FaultClass::kLie;
    if (isDrawnLater && plan.on.has(kind.fault)) chances += " " + std::string(kind.name);
  }
  if (!chances.empty()) text += "  by chance until the faults end:" + chances + "\n";
  return text;
}

}  // namespace pi::simulation
