#include "tests/bench/core_trade.h"

#include <numbers>
#include <variant>

namespace pi {
namespace {

// The disk takes what changed this often.
constexpr Duration kCommitPeriod = std::chrono::milliseconds(100);

// The hits that are to be expected among the first samples.
std::uint64_t hitsBefore(std::uint64_t samples) {
  return static_cast<std::uint64_t>(static_cast<long double>(samples) *
                                    (std::numbers::pi_v<long double> / 4));
}

// Every sample of the lease is computed.  With other hits, the core would doubt their sums.
LeaseTally tallyOf(const Lease& lease) {
  std::uint64_t hits = hitsBefore(lease.range.end) - hitsBefore(lease.range.begin);
  return {.lease = lease.id,
          .job = lease.job,
          .tally = {.range = lease.range, .hits = {.strata = {hits}}},
          .busy = std::chrono::nanoseconds(lease.range.size())};
}

}  // namespace

CoreTrade::CoreTrade(const scheduler::Config& config, std::size_t workers)
    : core_(config, {}, Instant{}), done_(workers) {
  JobSpec spec{.samples = kSamplesEnd - 1, .chunkSize = 100};
  core_.handle(scheduler::event::JobSubmitted{.spec = spec, .uid = {{1}}}, Instant{});
  for (std::size_t i = 0; i < workers; ++i) {
    WorkerProfile profile{.name = "", .host = "", .kernel = "", .batchJob = ""};
    profile.samplesPerSecond = 1'000'000'000;  // A nanosecond each, as in tallyOf().
    core_.handle(
        scheduler::event::WorkerJoined{
            .worker = WorkerId{i + 1}, .profile = profile, .lent = {}, .held = {}, .done = {}},
        Instant{});
  }
}

std::int64_t CoreTrade::step(Instant now) {
  std::int64_t leases = 0;
  std::vector<LeaseTally>& done = done_[next_];
  scheduler::event::Exchanged exchanged{.worker = WorkerId{next_ + 1}, .done = done};
  done.clear();
  for (const scheduler::Action& action : core_.handle(exchanged, now)) {
    isCommitting_ |= std::holds_alternative<scheduler::action::Commit>(action);
    const auto* lend = std::get_if<scheduler::action::Lend>(&action);
    if (lend == nullptr) continue;
    for (const Lease& lease : lend->leases) done.push_back(tallyOf(lease));
    leases += static_cast<std::int64_t>(lend->leases.size());
  }
  if (isCommitting_ && now - committedAt_ >= kCommitPeriod) {
    isCommitting_ = false;
    committedAt_ = now;
    for (const scheduler::Action& action : core_.handle(scheduler::event::Committed{}, now)) {
      isCommitting_ |= std::holds_alternative<scheduler::action::Commit>(action);
    }
  }
  next_ = (next_ + 1) % done_.size();
  return leases;
}

}  // namespace pi
