#include "tests/simulation/describe.h"

#include <string_view>
#include <vector>

#include "common/base/match.h"
#include "common/model/epoch.h"

namespace pi::simulation {
namespace {

constexpr std::size_t kListedMax = 6;  // Longer lists end with "and N more".

template <typename Number>
std::string text(Number number) {
  return std::to_string(number);
}

// Leaves out lists that are empty.
template <typename Value>
std::string listed(std::string_view what, const std::vector<Value>& values) {
  std::string text;
  if (values.empty()) return text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == kListedMax) {
      text += " and " + std::to_string(values.size() - i) + " more";
      break;
    }
    text += (i > 0 ? ", " : "") + describe(values[i]);
  }
  return " " + std::string(what) + " {" + text + "}";
}

std::string endOf(std::optional<Duration> timeLeft) {
  return timeLeft ? ", ends in " + inSeconds(*timeLeft) + " s" : "";
}

std::string of(WorkerId worker) { return " worker " + describe(worker); }

const Match kSchedulerEvents{
    [](const scheduler::event::WorkerJoined& joined) {
      return "WorkerJoined" + of(joined.worker) + " " + text(joined.profile.samplesPerSecond) +
             " samples/s" + listed("lent", joined.lent) + listed("held", joined.held) +
             listed("done", joined.done) + endOf(joined.timeLeft);
    },
    [](const scheduler::event::WorkerLost& lost) { return "WorkerLost" + of(lost.worker); },
    [](const scheduler::event::WorkerLeft& left) {
      return "WorkerLeft" + of(left.worker) + listed("done", left.done);
    },
    [](const scheduler::event::Exchanged& exchanged) {
      return "Exchanged" + of(exchanged.worker) + " round trip " + inSeconds(exchanged.roundTrip) +
             " s" + listed("done", exchanged.done);
    },
    [](const scheduler::event::Reported& reported) {
      return "Reported" + of(reported.worker) + listed("done", reported.done);
    },
    [](const scheduler::event::LeaseTruncated& truncated) {
      return "LeaseTruncated" + of(truncated.worker) + " lease " + describe(truncated.lease) +
             (truncated.end == kSamplesEnd ? " is not held" : " ends at " + text(truncated.end));
    },
    [](const scheduler::event::Recomputed& recomputed) {
      return "Recomputed " + describe(recomputed.job) + " " + describe(recomputed.range) + " " +
             text(recomputed.hits.total()) + " hits";
    },
    [](const scheduler::event::JobSubmitted& submitted) {
      return "JobSubmitted \"" + submitted.requestId + "\" " + describe(submitted.spec);
    },
    [](const scheduler::event::JobExtended& asked) {
      return "JobExtended " + describe(asked.job) + " to " + text(asked.samples) + " samples";
    },
    [](const scheduler::event::JobReprioritized& wanted) {
      return "JobReprioritized " + describe(wanted.job) + " to " + std::to_string(wanted.priority);
    },
    [](const scheduler::event::JobCancelled& cancelled) {
      return "JobCancelled " + describe(cancelled.job) + ": " + cancelled.reason;
    },
    [](const scheduler::event::WorkersDismissed&) { return std::string("WorkersDismissed"); },
    [](const scheduler::event::Committed&) { return std::string("Committed"); },
    [](const scheduler::event::CommitFailed& failed) { return "CommitFailed: " + failed.sentence; },
    [](const scheduler::event::CommitWanted&) { return std::string("CommitWanted"); },
    [](const scheduler::event::Tick&) { return std::string("Tick"); },
};

const Match kSchedulerActions{
    [](const scheduler::action::Welcome& welcome) {
      return "Welcome" + of(welcome.worker) + listed("forget", welcome.forget);
    },
    [](const scheduler::action::Lend& lend) {
      return "Lend" + of(lend.worker) + (lend.leases.empty() ? " nothing" : "") +
             listed("", lend.leases);
    },
    [](const scheduler::action::Truncate& truncate) {
      return "Truncate" + of(truncate.worker) + " lease " + describe(truncate.lease) + " at " +
             text(truncate.end);
    },
    [](const scheduler::action::Drain& drain) { return "Drain" + of(drain.worker); },
    [](const scheduler::action::ForgetWorker& forgotten) {
      return "ForgetWorker" + of(forgotten.worker);
    },
    [](const scheduler::action::ReleaseWorker& released) {
      return "ReleaseWorker" + of(released.worker);
    },
    [](const scheduler::action::Quarantine& quarantine) {
      return "Quarantine" + of(quarantine.worker) + ": " + quarantine.reason;
    },
    [](const scheduler::action::AcceptJob& accepted) {
      return "AcceptJob " + describe(accepted.job) + " for client " +
             text(number(accepted.submission));
    },
    [](const scheduler::action::AcceptExtension& accepted) {
      return "AcceptExtension of " + describe(accepted.job) + " for client " +
             text(number(accepted.submission));
    },
    [](const scheduler::action::RefuseJob& refused) {
      return "RefuseJob of client " + text(number(refused.submission)) + ": " + refused.sentence;
    },
    [](const scheduler::action::AnnounceEnd& end) {
      return "AnnounceEnd " + describe(end.job.id) + " " + std::string(name(end.job.state)) + " " +
             text(end.job.samplesCounted) + " samples " + text(end.job.hits.total()) + " hits";
    },
    [](const scheduler::action::Commit& commit) {
      return "Commit" + listed("", commit.changes.jobs);
    },
    [](const scheduler::action::DropTally& dropped) {
      return "DropTally" + of(dropped.worker) + " " + describe(dropped.tally) + ": " +
             std::string(sentenceOf(dropped.reason));
    },
    [](const scheduler::action::Recompute& wanted) {
      return "Recompute " + describe(wanted.job) + " " + describe(wanted.range);
    },
    [](const scheduler::action::ConfirmTally& confirmed) {
      return "ConfirmTally" + of(confirmed.worker) + " " + describe(confirmed.tally);
    },
};

const Match kWorkerEvents{
    [](const worker::event::Reached&) { return std::string("Reached"); },
    [](const worker::event::Connected&) { return std::string("Connected"); },
    [](const worker::event::Disconnected&) { return std::string("Disconnected"); },
    [](const worker::event::Joined& joined) {
      return "Joined" + listed("forget", joined.forget) + " committed #" + text(joined.committed) +
             (joined.isStranger ? " as a stranger" : "");
    },
    [](const worker::event::JoinRefused&) { return std::string("JoinRefused"); },
    [](const worker::event::LeasesLent& lent) {
      return "LeasesLent" + listed("", lent.leases) + " committed #" + text(lent.committed);
    },
    [](const worker::event::ReportReceived& received) {
      return "ReportReceived committed #" + text(received.committed);
    },
    [](const worker::event::LeaveReceived&) { return std::string("LeaveReceived"); },
    [](const worker::event::SpanComputed& computed) {
      return "SpanComputed " + describe(computed.tally);
    },
    [](const worker::event::RunningLow&) { return std::string("RunningLow"); },
    [](const worker::event::LeaseTruncated& truncated) {
      return "LeaseTruncated lease " + describe(truncated.lease) + " ends at " +
             text(truncated.end);
    },
    [](const worker::event::ComputingStopped&) { return std::string("ComputingStopped"); },
    [](const worker::event::DeviceLost& loss) {
      return "DeviceLost, threads left: " + text(loss.threadsLeft);
    },
    [](const worker::event::DrainAsked&) { return std::string("DrainAsked"); },
    [](const worker::event::Tick&) { return std::string("Tick"); },
};

std::string_view nameOf(worker::action::ExitReason reason) {
  switch (reason) {
    case worker::action::ExitReason::kDrained:
      return "drained";
    case worker::action::ExitReason::kNoScheduler:
      return "no scheduler";
    case worker::action::ExitReason::kRefused:
      return "refused";
    case worker::action::ExitReason::kNoDevice:
      return "no device";
  }
  return "?";
}

const Match kWorkerActions{
    [](const worker::action::Connect&) { return std::string("Connect"); },
    [](const worker::action::Disconnect&) { return std::string("Disconnect"); },
    [](const worker::action::Join& join) {
      return "Join" + listed("lent", join.lent) + listed("held", join.held) +
             listed("done", join.done) + endOf(join.timeLeft);
    },
    [](const worker::action::Exchange& exchange) {
      return "Exchange, round trip " + inSeconds(exchange.roundTrip) + " s" +
             listed("done", exchange.done);
    },
    [](const worker::action::Report& report) { return "Report" + listed("done", report.done); },
    [](const worker::action::Leave& leave) { return "Leave" + listed("done", leave.done); },
    [](const worker::action::Compute& compute) { return "Compute " + describe(compute.lease); },
    [](const worker::action::SetLowWater& low) { return "SetLowWater " + text(low.samples); },
    [](const worker::action::CutSpan&) { return std::string("CutSpan"); },
    [](const worker::action::DropLease& drop) { return "DropLease " + describe(drop.lease); },
    [](const worker::action::StopComputing&) { return std::string("StopComputing"); },
    [](const worker::action::Exit& exit) { return "Exit: " + std::string(nameOf(exit.reason)); },
};

}  // namespace

std::string describe(const scheduler::Event& event) { return std::visit(kSchedulerEvents, event); }
std::string describe(const scheduler::Action& action) {
  return std::visit(kSchedulerActions, action);
}
std::string describe(const worker::Event& event) { return std::visit(kWorkerEvents, event); }
std::string describe(const worker::Action& action) { return std::visit(kWorkerActions, action); }

std::string describe(JobId job) { return "job " + text(number(job)); }

std::string describe(WorkerId worker) {
  return text(epochOf(worker)) + "." + text(serialOf(worker));
}

std::string describe(LeaseId lease) { return text(epochOf(lease)) + "." + text(serialOf(lease)); }

std::string describe(SampleRange range) {
  return "[" + text(range.begin) + ", " + text(range.end) + ")";
}

std::string describe(const Lease& lease) {
  return "lease " + describe(lease.id) + " of " + describe(lease.job) + " " + describe(lease.range);
}

std::string describe(const LeaseRest& rest) {
  return "lease " + describe(rest.lease) + " " + describe(rest.range);
}

std::string describe(const LeaseTally& tally) {
  return "#" + text(tally.sequence) + " lease " + describe(tally.lease) + " of " +
         describe(tally.job) + " " + describe(tally.tally.range) + " " +
         text(tally.tally.hits.total()) + " hits";
}

std::string describe(const scheduler::JobChanges& changes) {
  return describe(changes.record.id) + " " + std::string(name(changes.record.state)) + " (-" +
         text(changes.erased.size()) + " +" + text(changes.put.size()) + " fragments)";
}

std::string describe(const JobSpec& spec) {
  return text(spec.samples) + " samples in chunks of " + text(spec.chunkSize) + ", " +
         std::string(name(spec.stream.sampler)) + " seed " + text(spec.stream.seed) +
         ", priority " + text(spec.priority) +
         (spec.threadsMax > 0 ? ", at most " + text(spec.threadsMax) + " threads" : "") +
         (spec.targetError > 0 ? ", target error " + std::to_string(spec.targetError) : "");
}

std::string inSeconds(Duration duration) {
  std::string text = std::to_string(seconds(duration));
  text.erase(text.find_last_not_of('0') + 1);
  return text.ends_with('.') ? text + "0" : text;
}

}  // namespace pi::simulation
