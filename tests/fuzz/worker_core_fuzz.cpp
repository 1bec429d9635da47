// A worker's core with a hostile scheduler: its leases overlap, come twice, are forgotten or
// truncated, and its answers come late or never.  Every tally that the worker reports must be true.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/variant_index.h"
#include "tests/simulation/fake_pool.h"
#include "tests/simulation/oracle.h"
#include "worker/core/worker.h"

using namespace pi;
using namespace pi::worker;

namespace {

constexpr std::size_t kEventsMax = 400;
constexpr std::uint64_t kLeaseIds = 8;  // Few, so that some come twice.

template <typename Wanted>
constexpr std::size_t indexOf = fuzz::indexIn<Event, Wanted>();

class Story {
 public:
  explicit Story(fuzz::Input& input)
      : input_(input),
        speed_(1 + input.magnitude(40)),
        core_({.deathTimeout = std::chrono::seconds(input.below(3) * 10),
               .lifetime = std::chrono::seconds(input.below(3) * 30)},
              speed_, now_),
        pool_(speed_, 1, 1 + static_cast<std::uint32_t>(input.below(8)),
              {.netLevelMin = 1, .netLevelMax = 3, .netBlocksMin = 4}) {
    perform(core_.start());
  }

  bool isOver() const { return hasExited_; }
  void next();

 private:
  // Calls that the scheduler has not answered.  The shell answers each at most once, and none after
  // the connection is lost.
  struct Calls {
    bool join = false;
    bool exchange = false;
    bool report = false;
    bool leave = false;
  };

  // One overload for each event, so that a new event does not compile until a story has it.
  template <typename Event>
  struct Kind {};
  void happen(Kind<event::Reached>) { connect(); }
  void happen(Kind<event::Connected>) { connect(); }
  void happen(Kind<event::Disconnected>) { lose(); }
  void happen(Kind<event::Joined>) { answer(); }
  void happen(Kind<event::JoinRefused>) { answer(); }
  void happen(Kind<event::LeasesLent>) { answer(); }
  void happen(Kind<event::ReportReceived>) { answer(); }
  void happen(Kind<event::LeaveReceived>) { answer(); }
  void happen(Kind<event::SpanComputed>) { compute(); }
  void happen(Kind<event::RunningLow>) { deliver(); }
  void happen(Kind<event::LeaseTruncated>) { truncate(); }
  void happen(Kind<event::ComputingStopped>) { deliver(); }
  void happen(Kind<event::DeviceLost>) {
    handle(event::DeviceLost{.threadsLeft = input_.below(2), .reason = "lost"});
  }
  void happen(Kind<event::DrainAsked>);
  void happen(Kind<event::Tick>) { handle(event::Tick{}); }
  template <std::size_t... indices>
  void happen(std::size_t index, std::index_sequence<indices...>) {
    ((index == indices ? happen(Kind<std::variant_alternative_t<indices, Event>>{}) : void()), ...);
  }

  void handle(const Event& event);
  void perform(const Actions& actions);
  void perform(const action::Connect&) { isCalling_ = true; }
  void perform(const action::Disconnect&) { lose(); }
  void perform(const action::Join& join);
  void perform(const action::Exchange& exchange);
  void perform(const action::Report& report);
  void perform(const action::Leave& leave);
  void perform(const action::Compute& compute);
  void perform(const action::SetLowWater& low) { pool_.setLowWater(low.samples); }
  void perform(const action::CutSpan&) { cut(); }
  void perform(const action::DropLease& drop) { pool_.drop(drop.lease); }
  void perform(const action::StopComputing&);
  void perform(const action::Exit&) { hasExited_ = true; }

  void connect();
  void lose();
  void answer();
  void compute();
  void cut();
  void truncate();
  void post(std::vector<LeaseTally>& finished);
  void deliver();
  void expectTrue(const std::vector<LeaseTally>& done) const;
  void expectNew(const std::vector<LeaseTally>& done);
  LeaseId anyLease() { return LeaseId{input_.below(kLeaseIds)}; }
  Lease newLease();
  WorkerPolicy newPolicy();

  fuzz::Input& input_;
  std::uint64_t speed_;
  Instant now_ = Instant{} + std::chrono::hours(1);
  Worker core_;
  simulation::FakePool pool_;
  std::deque<Event> posted_;  // By the threads, on their way to the loop.
  std::multimap<LeaseId, Lease> lent_;
  std::uint64_t sequence_ = 0;
  bool isCalling_ = false;
  Calls calls_;
  bool isLinked_ = false;
  bool hasStopped_ = false;
  bool hasExited_ = false;
};

// How often each event comes: the input draws one of these.
constexpr std::array<std::size_t, 12> kDrawn = {
    indexOf<event::Connected>,    indexOf<event::Joined>,         indexOf<event::LeasesLent>,
    indexOf<event::LeasesLent>,   indexOf<event::ReportReceived>, indexOf<event::SpanComputed>,
    indexOf<event::SpanComputed>, indexOf<event::LeaseTruncated>, indexOf<event::DrainAsked>,
    indexOf<event::RunningLow>,   indexOf<event::RunningLow>,     indexOf<event::Tick>};

void Story::next() {
  now_ += Duration(input_.magnitude(35));
  std::size_t event = kDrawn[input_.below(kDrawn.size())];
  happen(event, std::make_index_sequence<std::variant_size_v<Event>>());
}

void Story::happen(Kind<event::DrainAsked>) {
  switch (input_.below(16)) {
    case 0:
      return handle(event::DrainAsked{});
    case 1:
      return happen(Kind<event::DeviceLost>{});
    default:
      return deliver();
  }
}

void Story::connect() {
  if (!isCalling_ || input_.below(4) == 0) return lose();
  isCalling_ = false;
  isLinked_ = true;
  handle(event::Reached{});
  if (input_.below(8) != 0) handle(event::Connected{});  // Otherwise no answer comes.
}

void Story::handle(const Event& event) {
  if (hasExited_) return;
  Actions actions = core_.handle(event, now_);
  core_.checkInvariants();
  perform(actions);
}

void Story::perform(const Actions& actions) {
  for (const Action& action : actions) {
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
}

void Story::lose() {
  if (!isLinked_ && !isCalling_) return;
  isCalling_ = isLinked_ = false;
  calls_ = {};
  handle(event::Disconnected{.random = input_.magnitude(64)});
}

void Story::perform(const action::Join& join) {
  PI_CHECK(isLinked_ && !calls_.join);
  calls_.join = true;
  expectTrue(join.done);
  // It shows the lease of everything that it reports.
  auto isShown = [&join](LeaseId id) {
    return std::ranges::any_of(join.lent, [id](const Lease& lease) { return lease.id == id; });
  };
  for (const Lease& lease : join.lent) {
    auto [first, last] = lent_.equal_range(lease.id);
    PI_CHECK(std::any_of(first, last, [&](const auto& each) { return each.second == lease; }));
  }
  for (const LeaseRest& rest : join.held) PI_CHECK(isShown(rest.lease) && !rest.range.empty());
  for (const LeaseTally& tally : join.done) PI_CHECK(isShown(tally.lease));
  for (std::size_t i = 1; i < join.done.size(); ++i) {
    PI_CHECK(join.done[i - 1].sequence < join.done[i].sequence);
  }
  if (!join.done.empty()) sequence_ = std::max(sequence_, join.done.back().sequence);
}

void Story::perform(const action::Exchange& exchange) {
  PI_CHECK(isLinked_ && !calls_.exchange);
  calls_.exchange = true;
  expectNew(exchange.done);
}

void Story::perform(const action::Report& report) {
  PI_CHECK(isLinked_ && !calls_.report);
  calls_.report = true;
  expectNew(report.done);
}

void Story::perform(const action::Leave& leave) {
  PI_CHECK(isLinked_);
  calls_.leave = true;
  expectNew(leave.done);
}

// With the range and the limit of threads with which it was lent.
void Story::perform(const action::Compute& compute) {
  auto [first, last] = lent_.equal_range(compute.lease.id);
  PI_CHECK(
      std::any_of(first, last, [&](const auto& each) { return each.second == compute.lease; }));
  if (!hasStopped_) pool_.compute(compute.lease);
}

void Story::perform(const action::StopComputing&) {
  cut();
  pool_.stop();
  hasStopped_ = true;
  posted_.push_back(event::ComputingStopped{});
}

// Each tally is the sum of computed samples of one lease as it was lent.
void Story::expectTrue(const std::vector<LeaseTally>& done) const {
  for (const LeaseTally& tally : done) {
    auto [first, last] = lent_.equal_range(tally.lease);
    PI_CHECK(std::any_of(first, last, [&tally](const auto& each) {
      const Lease& lease = each.second;
      return lease.job == tally.job && lease.range.contains(tally.tally.range) &&
             tally.tally.hits == simulation::oracleHits(lease.stream, tally.tally.range);
    }));
    PI_CHECK(!tally.tally.range.empty() && tally.busy >= Duration::zero());
  }
}

void Story::expectNew(const std::vector<LeaseTally>& done) {
  expectTrue(done);
  for (const LeaseTally& tally : done) PI_CHECK(tally.sequence == ++sequence_);
}

WorkerPolicy Story::newPolicy() {
  return {.prefetch = std::chrono::milliseconds(input_.magnitude(15)),
          .heartbeat = std::chrono::milliseconds(10 + input_.magnitude(15))};
}

Lease Story::newLease() {
  Lease lease{
      .id = anyLease(),
      .job = JobId{input_.below(2)},
      .stream = {.seed = input_.below(2), .sampler = kSamplers[input_.below(kSamplers.size())]},
      .range = {},
      .threads = static_cast<std::uint32_t>(input_.below(10))};
  lease.range.begin = input_.below(2) == 0 ? input_.magnitude(8) : input_.magnitude(62);
  lease.range.end =
      std::min(lease.range.begin + 1 + input_.magnitude(unsigned(input_.below(64))), kSamplesEnd);
  lent_.emplace(lease.id, lease);
  return lease;
}

void Story::answer() {
  std::uint64_t committed = input_.below(2) == 0 ? input_.magnitude(64) : sequence_ / 2;
  if (std::exchange(calls_.join, false)) {
    if (input_.below(16) == 0) return handle(event::JoinRefused{});
    std::vector<LeaseId> forget(input_.below(4));
    for (LeaseId& lease : forget) lease = anyLease();
    // The shell limits these values.
    return handle(
        event::Joined{.policy = newPolicy(), .forget = std::move(forget), .committed = committed});
  }
  std::size_t kind = input_.below(4);
  if (kind > 0 && calls_.exchange) {
    // The loop runs the events that were posted before the call first.
    while (!posted_.empty()) deliver();
    if (!std::exchange(calls_.exchange, false)) return;  // The connection was lost meanwhile.
    std::vector<Lease> leases(input_.below(4));
    for (Lease& lease : leases) lease = newLease();
    return handle(event::LeasesLent{
        .leases = std::move(leases), .committed = committed, .policy = newPolicy()});
  }
  if (std::exchange(calls_.report, false)) {
    return handle(event::ReportReceived{.committed = committed});
  }
  if (std::exchange(calls_.leave, false)) return handle(event::LeaveReceived{});
}

void Story::post(std::vector<LeaseTally>& finished) {
  for (LeaseTally& tally : finished) posted_.push_back(event::SpanComputed{.tally = tally});
  if (pool_.takeRunningLow()) posted_.push_back(event::RunningLow{});
}

void Story::compute() {
  std::vector<LeaseTally> finished;
  pool_.advance(Duration(input_.magnitude(33)), finished);
  if (input_.below(4) == 0) pool_.cut(finished);
  post(finished);
}

void Story::cut() {
  std::vector<LeaseTally> finished;
  pool_.cut(finished);
  post(finished);
}

void Story::truncate() {
  LeaseId lease = anyLease();
  std::uint64_t end = input_.below(2) == 0 ? 0 : input_.magnitude(64);
  std::vector<LeaseTally> finished;
  std::uint64_t kept = pool_.truncate(lease, end, finished);
  post(finished);
  if (kept != kSamplesEnd) handle(event::LeaseTruncated{.lease = lease, .end = kept});
}

void Story::deliver() {
  for (std::size_t count = 1 + input_.below(4); count > 0 && !posted_.empty(); --count) {
    Event event = posted_.front();
    posted_.pop_front();
    handle(event);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Story story(input);
  for (std::size_t events = 0; events < kEventsMax && !input.isEmpty() && !story.isOver();
       ++events) {
    story.next();
  }
  return 0;
}
