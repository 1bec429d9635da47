// The scheduler's core among hostile workers, a disk that fails, crashes and restarts.
//
// The input decides each event.  Workers report true tallies, impossible tallies, and tallies of
// samples that they were not lent; all results must be right in spite of that.  (The scheduler
// cannot see that a possible number of hits is false if the samples were lent to that worker, so no
// worker here reports that.)  At the end one honest worker finishes all jobs.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/check.h"
#include "scheduler/core/scheduler.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/variant_index.h"
#include "tests/simulation/fake_store.h"
#include "tests/simulation/oracle.h"

using namespace pi;
using namespace pi::scheduler;

namespace {

constexpr std::size_t kEventsMax = 400;
constexpr std::size_t kJobsMax = 12;
constexpr std::uint64_t kWorkers = 5;
constexpr WorkerId kHonest{1000};
constexpr std::size_t kLeasesKept = 64;
constexpr std::uint64_t kHuge = kSamplesEnd - 3;  // The size of a job at the limit of the range.

template <typename Wanted>
constexpr std::size_t indexOf = fuzz::indexIn<Event, Wanted>();

Config configFrom(fuzz::Input& input) {
  Config config;
  config.block.random = std::uint64_t{1} << input.below(12);
  config.silenceTimeout = std::chrono::seconds(3);
  config.reconnectGrace = std::chrono::seconds(1);
  config.firstLeaseCost = 1 + input.magnitude(30);
  config.surpriseMax = static_cast<double>(1 + input.magnitude(21));
  config.recheckSamplesMax = std::uint64_t{1} << (12 + input.below(13));
  config.strikesMax = static_cast<std::uint32_t>(1 + input.below(4));
  config.quarantinedMax = 1 + input.below(4);
  config.unfinishedJobsMax = kJobsMax / 2;
  config.endedJobsKept = 1 + input.below(4);
  config.endedJobsKeptFor = std::chrono::seconds(input.below(3));
  config.endedJobsMax = 1 + input.below(6);
  config.leasesPerExchangeMax = 1 + input.below(8);
  config.leasesPerWorkerMax = config.leasesPerExchangeMax + input.below(8);
  return config;
}

class Story {
 public:
  explicit Story(fuzz::Input& input) : input_(input), config_(configFrom(input)) { start(); }

  void next();
  void end();

 private:
  struct Holding {
    Lease lease;
    std::uint64_t cursor = 0;  // Reported up to here.
  };
  struct Peer {
    std::vector<Holding> lent;  // By any of the schedulers.
    std::uint64_t sequence = 0;
    std::optional<LeaseTally> last;
  };

  // One overload for each event, so that a new event does not compile until a story has it.
  template <typename Event>
  struct Kind {};
  void happen(Kind<event::WorkerJoined>, WorkerId worker) { handle(join(worker)); }
  void happen(Kind<event::WorkerLost>, WorkerId worker) { handle(event::WorkerLost{worker}); }
  void happen(Kind<event::WorkerLeft>, WorkerId worker);
  void happen(Kind<event::Exchanged>, WorkerId worker);
  void happen(Kind<event::Reported>, WorkerId worker);
  void happen(Kind<event::LeaseTruncated>, WorkerId worker);
  void happen(Kind<event::Recomputed>, WorkerId) { recompute(); }
  void happen(Kind<event::JobSubmitted>, WorkerId) { submit(); }
  void happen(Kind<event::JobExtended>, WorkerId);
  void happen(Kind<event::JobReprioritized>, WorkerId);
  void happen(Kind<event::JobCancelled>, WorkerId);
  void happen(Kind<event::WorkersDismissed>, WorkerId) { handle(event::WorkersDismissed{}); }
  void happen(Kind<event::Committed>, WorkerId) { disk(); }
  void happen(Kind<event::CommitFailed>, WorkerId) { disk(); }
  void happen(Kind<event::CommitWanted>, WorkerId);
  void happen(Kind<event::Tick>, WorkerId) { handle(event::Tick{}); }
  template <std::size_t... indices>
  void happen(std::size_t index, WorkerId worker, std::index_sequence<indices...>) {
    ((index == indices ? happen(Kind<std::variant_alternative_t<indices, Event>>{}, worker)
                       : void()),
     ...);
  }

  void start() { core_ = std::make_unique<Scheduler>(config_, store_.open(now_, {}), now_); }
  void restart();
  void handle(const Event& event);
  void settleDisk();
  void perform(const action::Lend& lend);
  void perform(const action::Commit& commit);
  void perform(const action::AnnounceEnd& end) { expectRight(end.job.id); }
  void perform(const action::Quarantine& quarantined) { PI_CHECK(quarantined.worker != kHonest); }
  // These ask the shell for something that a story does not have.
  void perform(const action::Welcome&) {}
  void perform(const action::Truncate&) {}
  void perform(const action::Drain&) {}
  void perform(const action::ForgetWorker&) {}
  void perform(const action::ReleaseWorker&) {}
  void perform(const action::AcceptJob&) {}
  void perform(const action::AcceptExtension&) {}
  void perform(const action::RefuseJob&) {}
  void perform(const action::DropTally&) {}
  void perform(const action::Recompute& wanted);
  void perform(const action::ConfirmTally&) {}
  void expectRight(JobId job) const;

  WorkerId anyWorker() { return WorkerId{1 + input_.below(kWorkers)}; }
  JobId anyJob() { return JobId{input_.below(kJobsMax + 2)}; }
  Holding* anyHolding(Peer& peer);
  SampleRange anyRange(SampleRange within);
  Hits madeUp(SampleRange range);
  LeaseTally tally(WorkerId worker);
  LeaseTally workedOn(Peer& peer, Holding& holding);
  std::vector<LeaseTally> tallies(WorkerId worker);
  event::WorkerJoined join(WorkerId worker);
  void submit();
  void disk();
  void recompute();
  void letTimePass(Duration duration);
  void cancelHugeJobs();
  void finishHonestly();

  fuzz::Input& input_;
  Config config_;
  simulation::FakeStore store_;
  Instant now_ = Instant{} + std::chrono::hours(1);
  std::unique_ptr<Scheduler> core_;
  std::optional<Changes> underway_;
  std::optional<action::Recompute> doubted_;
  std::map<WorkerId, Peer> peers_;
  std::size_t submitted_ = 0;
};

// How often each event comes: the input draws one of these.
constexpr std::array<std::size_t, 17> kDrawn = {
    indexOf<event::WorkerJoined>,    indexOf<event::Exchanged>,
    indexOf<event::Exchanged>,       indexOf<event::Reported>,
    indexOf<event::WorkerLost>,      indexOf<event::WorkerLeft>,
    indexOf<event::LeaseTruncated>,  indexOf<event::JobSubmitted>,
    indexOf<event::JobSubmitted>,    indexOf<event::JobCancelled>,
    indexOf<event::Committed>,       indexOf<event::CommitFailed>,
    indexOf<event::CommitWanted>,    indexOf<event::Tick>,
    indexOf<event::Recomputed>,      indexOf<event::JobExtended>,
    indexOf<event::JobReprioritized>};
static_assert(
    [] {
      for (std::size_t i = 0; i < std::variant_size_v<Event>; ++i) {
        bool isRare = i == indexOf<event::WorkersDismissed>;  // Sometimes in place of CommitWanted.
        if (std::ranges::find(kDrawn, i) == kDrawn.end() && !isRare) return false;
      }
      return true;
    }(),
    "an event is never drawn");

void Story::next() {
  WorkerId worker = anyWorker();
  now_ += Duration(input_.magnitude(34));
  std::size_t event = kDrawn[input_.below(kDrawn.size())];
  happen(event, worker, std::make_index_sequence<std::variant_size_v<Event>>());
}

void Story::happen(Kind<event::WorkerLeft>, WorkerId worker) {
  handle(event::WorkerLeft{.worker = worker, .done = tallies(worker)});
}

void Story::happen(Kind<event::Exchanged>, WorkerId worker) {
  Duration roundTrip = std::chrono::milliseconds(number(worker) % 4 * 400);
  handle(event::Exchanged{.worker = worker, .done = tallies(worker), .roundTrip = roundTrip});
}

void Story::happen(Kind<event::Reported>, WorkerId worker) {
  handle(event::Reported{.worker = worker, .done = tallies(worker)});
}

void Story::happen(Kind<event::LeaseTruncated>, WorkerId worker) {
  Holding* held = anyHolding(peers_[anyWorker()]);
  LeaseId lease = held == nullptr ? LeaseId{input_.below(9)} : held->lease.id;
  std::uint64_t end = input_.below(2) == 0 ? kSamplesEnd : input_.magnitude(64);
  handle(event::LeaseTruncated{.worker = worker, .lease = lease, .end = end});
}

void Story::happen(Kind<event::JobExtended>, WorkerId /*worker*/) {
  std::uint64_t samples = 1 + input_.magnitude(40);
  std::string requestId =
      input_.below(2) == 0 ? "" : "extension " + std::to_string(input_.below(3));
  handle(event::JobExtended{.job = anyJob(), .samples = samples, .requestId = requestId});
}

void Story::happen(Kind<event::JobReprioritized>, WorkerId /*worker*/) {
  auto priority = static_cast<std::int32_t>(input_.below(3));
  handle(event::JobReprioritized{.job = anyJob(), .priority = priority - 1});
}

void Story::happen(Kind<event::JobCancelled>, WorkerId /*worker*/) {
  handle(event::JobCancelled{.job = anyJob(), .reason = "the input cancels it"});
}

void Story::happen(Kind<event::CommitWanted>, WorkerId worker) {
  if (input_.below(8) == 0) return happen(Kind<event::WorkersDismissed>{}, worker);
  handle(event::CommitWanted{});
}

void Story::handle(const Event& event) {
  Actions actions = core_->handle(event, now_);
  core_->checkInvariants();
  for (const Action& action : actions) {
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
}

void Story::perform(const action::Lend& lend) {
  Peer& peer = peers_[lend.worker];
  PI_CHECK(lend.leases.size() <= config_.leasesPerExchangeMax);
  for (const Lease& lease : lend.leases) {
    PI_CHECK(!lease.range.empty());
    if (std::optional<JobInfo> job = core_->job(lease.job, now_)) {  // Else it is not committed.
      PI_CHECK(job->spec.stream == lease.stream && lease.range.end <= job->spec.samples);
    }
    peer.lent.push_back({.lease = lease, .cursor = lease.range.begin});
  }
  if (peer.lent.size() > kLeasesKept) {
    peer.lent.erase(peer.lent.begin(), peer.lent.end() - kLeasesKept);
  }
}

void Story::perform(const action::Commit& commit) {
  PI_CHECK(!underway_);
  underway_ = commit.changes;
}

void Story::perform(const action::Recompute& wanted) {
  PI_CHECK(!doubted_);
  PI_CHECK(wanted.range.size() <= config_.recheckSamplesMax);
  doubted_ = wanted;
}

void Story::recompute() {
  if (!doubted_) return;
  action::Recompute wanted = *std::exchange(doubted_, std::nullopt);
  handle(event::Recomputed{.job = wanted.job,
                           .range = wanted.range,
                           .hits = simulation::oracleHits(wanted.stream, wanted.range)});
}

// The invariant: a finished job has the hits that one machine would find.
void Story::expectRight(JobId id) const {
  std::optional<JobInfo> job = core_->job(id, now_);
  if (!job || job->state != JobState::kFinished) return;
  PI_CHECK(job->samplesCounted == job->spec.samples);
  PI_CHECK(job->chunksCounted == job->spec.chunks());
  SampleRange all{.begin = 0, .end = job->spec.samples};
  PI_CHECK(job->hits == simulation::oracleHits(job->spec.stream, all));
}

void Story::restart() {
  if (underway_ && input_.below(2) == 0) store_.apply(*underway_, now_);
  underway_.reset();
  doubted_.reset();
  start();
  core_->checkInvariants();
  for (const JobInfo& job : core_->jobs(now_)) expectRight(job.id);
}

void Story::disk() {
  std::size_t kind = input_.below(8);
  if (kind == 0) return restart();
  if (!underway_) return handle(event::Tick{});
  if (kind == 1) return handle(event::CommitFailed{.sentence = "the disk is full"});
  store_.apply(*std::exchange(underway_, std::nullopt), now_);
  handle(event::Committed{});
}

void Story::settleDisk() {
  while (underway_) {
    store_.apply(*std::exchange(underway_, std::nullopt), now_);
    handle(event::Committed{});
  }
}

void Story::submit() {
  if (++submitted_ > kJobsMax) return;
  JobSpec spec;
  spec.stream = {.seed = input_.below(4) == 0 ? simulation::kOutlierSeed : input_.below(3),
                 .sampler = kSamplers[input_.below(kSamplers.size())]};
  bool isHuge = input_.below(8) == 0;
  spec.samples = isHuge ? kHuge + input_.below(3) : 1 + input_.magnitude(50);
  spec.chunkSize = std::clamp<std::uint64_t>(input_.magnitude(60), 1, spec.samples);
  spec.priority = static_cast<std::int32_t>(input_.below(3)) - 1;
  if (input_.below(4) == 0) spec.threadsMax = 1 + static_cast<std::uint32_t>(input_.magnitude(19));
  std::string requestId(input_.below(3), 'x');
  handle(event::JobSubmitted{
      .spec = spec, .requestId = requestId, .submission = SubmissionId{submitted_}});
}

Story::Holding* Story::anyHolding(Peer& peer) {
  if (peer.lent.empty()) return nullptr;
  return &peer.lent[peer.lent.size() - 1 - input_.below(std::min(peer.lent.size(), kLeasesKept))];
}

SampleRange Story::anyRange(SampleRange within) {
  std::uint64_t begin = std::min(within.begin + input_.magnitude(62), within.end);
  return {.begin = begin, .end = std::min(begin + input_.magnitude(62), within.end)};
}

Hits Story::madeUp(SampleRange range) {
  Hits hits;
  hits.strata[0] = range.size() / (1 + input_.below(4));
  return hits;
}

// The next part of a lease, reported as an honest worker does.
LeaseTally Story::workedOn(Peer& peer, Holding& holding) {
  SampleRange rest{.begin = holding.cursor, .end = holding.lease.range.end};
  if (input_.below(4) == 0) rest.end = std::min(rest.end, rest.begin + 1 + input_.magnitude(50));
  holding.cursor = rest.end;
  return {.lease = holding.lease.id,
          .job = holding.lease.job,
          .tally = {.range = rest, .hits = simulation::oracleHits(holding.lease.stream, rest)},
          .busy = Duration(input_.magnitude(63)),
          .sequence = ++peer.sequence};
}

LeaseTally Story::tally(WorkerId worker) {
  Peer& peer = peers_[worker];
  if (peer.last && input_.below(8) == 0) return *peer.last;
  Holding* own = anyHolding(peer);
  std::size_t kind = input_.below(10);
  if (own != nullptr && kind < 5) {
    peer.last = workedOn(peer, *own);
    return *peer.last;
  }
  Holding* others = anyHolding(peers_[anyWorker()]);
  const Lease lease = others == nullptr ? Lease{.id = LeaseId{input_.magnitude(64)},
                                                .job = anyJob(),
                                                .stream = {},
                                                .range = {.begin = 0, .end = 1000}}
                                        : others->lease;
  SampleRange range = anyRange(input_.below(2) == 0 ? lease.range : SampleRange{0, kSamplesEnd});
  LeaseTally told{.lease = lease.id,
                  .job = lease.job,
                  .tally = {.range = range, .hits = simulation::oracleHits(lease.stream, range)},
                  .busy = Duration(input_.magnitude(63)),
                  .sequence = input_.magnitude(64)};
  auto isOwn = [&lease](const Holding& holding) { return holding.lease.id == lease.id; };
  if (kind == 5) {  // It has more hits than samples.
    told.tally.hits.strata[input_.below(kStrataMax)] += range.size() + 1;
  } else if (kind == 6) {  // It is for another job.
    told.job = anyJob();
  } else if (kind == 7 && std::ranges::none_of(peer.lent, isOwn)) {
    told.tally.hits = madeUp(range);
  }
  return told;
}

std::vector<LeaseTally> Story::tallies(WorkerId worker) {
  std::vector<LeaseTally> done(input_.below(4));
  for (LeaseTally& each : done) each = tally(worker);
  return done;
}

// It shows only leases that were lent to it: for others it has no ticket.  Everything else may be
// false.
event::WorkerJoined Story::join(WorkerId worker) {
  Peer& peer = peers_[worker];
  event::WorkerJoined joined{.worker = worker, .profile = {}, .lent = {}, .held = {}, .done = {}};
  joined.profile.threads = 1 + static_cast<std::uint32_t>(input_.magnitude(31));
  bool isSimple = input_.below(2) == 0;
  joined.profile.cpuThreads =
      isSimple ? joined.profile.threads : static_cast<std::uint32_t>(input_.magnitude(31));
  joined.profile.samplesPerSecond = input_.magnitude(64);
  std::size_t shown = input_.below(4) == 0 ? 0 : peer.lent.size();
  for (std::size_t i = 0; i < shown; ++i) joined.lent.push_back(peer.lent[i].lease);
  for (std::size_t i = input_.below(4); i > 0; --i) {
    Holding* own = anyHolding(input_.below(8) == 0 ? peers_[anyWorker()] : peer);
    if (own == nullptr) break;
    SampleRange rest{.begin = own->cursor, .end = own->lease.range.end};
    if (input_.below(4) == 0) rest = anyRange({.begin = 0, .end = kSamplesEnd});
    joined.held.push_back({.lease = own->lease.id, .range = rest});
  }
  joined.done = tallies(worker);
  if (input_.below(4) == 0) joined.timeLeft = std::chrono::milliseconds(input_.below(5000));
  return joined;
}

void Story::letTimePass(Duration duration) {
  for (Instant until = now_ + duration; now_ < until;) {
    now_ += std::chrono::milliseconds(200);
    handle(event::Tick{});
    recompute();
    settleDisk();
  }
}

// The honest worker would need too many leases for them.
void Story::cancelHugeJobs() {
  for (const JobInfo& job : core_->jobs(now_)) {
    if (job.spec.samples < kHuge) continue;
    handle(event::JobCancelled{.job = job.id, .reason = "too long"});
  }
}

void Story::finishHonestly() {
  constexpr std::size_t kStepsMax = 20'000;  // Liveness: a healthy worker finishes all jobs.
  Peer& honest = peers_[kHonest];
  event::WorkerJoined joined{.worker = kHonest, .profile = {}, .lent = {}, .held = {}, .done = {}};
  joined.profile.cpuThreads = 1;
  joined.profile.samplesPerSecond = 1'000'000'000'000'000;
  handle(joined);
  for (std::size_t steps = 0; core_->unfinishedJobs() > 0; ++steps) {
    PI_CHECK(steps < kStepsMax);
    std::vector<LeaseTally> done;
    for (Holding& holding : honest.lent) {
      SampleRange all = holding.lease.range;
      done.push_back(
          {.lease = holding.lease.id,
           .job = holding.lease.job,
           .tally = {.range = all, .hits = simulation::oracleHits(holding.lease.stream, all)},
           .busy = std::chrono::milliseconds(1),
           .sequence = ++honest.sequence});
    }
    honest.lent.clear();
    handle(event::Exchanged{.worker = kHonest, .done = done});
    settleDisk();
    now_ += std::chrono::milliseconds(100);
    handle(event::Tick{});
    recompute();
    settleDisk();
  }
}

void Story::end() {
  settleDisk();
  cancelHugeJobs();
  for (std::uint64_t id = 1; id <= kWorkers; ++id) {
    handle(event::WorkerLost{.worker = WorkerId{id}});
    settleDisk();
  }
  letTimePass(std::chrono::seconds(2));
  finishHonestly();
  for (const JobInfo& job : core_->jobs(now_)) {
    PI_CHECK(isOver(job.state));
    expectRight(job.id);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Story story(input);
  for (std::size_t events = 0; events < kEventsMax && !input.isEmpty(); ++events) story.next();
  story.end();
  return 0;
}
