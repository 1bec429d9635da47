#include "scheduler/service/core_runner.h"

#include "common/net/loop/clock.h"

namespace pi::scheduler {

CoreRunner::CoreRunner(net::KjLoop& loop, const Config& config, const Saved& saved,
                       Performer& performer)
    : loop_(loop),
      config_(config),
      performer_(performer),
      core_(config, saved, net::now()),
      busyAt_(net::now()),
      alarm_(loop, [this] { handle(event::Tick{}); }) {
  // The core may have failed saved jobs of another stream version; their ends must be committed.
  alarm_.set(core_.wakeAt());
}

Actions CoreRunner::handle(const Event& event) {
  Instant now = net::now();
  bool wasBusy = core_.unfinishedJobs() > 0;  // The event may end the last job.
  Actions actions = core_.handle(event, now);
  if (wasBusy || core_.unfinishedJobs() > 0) busyAt_ = now;
  for (Action& action : actions) performer_.perform(action);
  alarm_.set(core_.wakeAt());
  performer_.afterEvent();
  return actions;
}

void CoreRunner::noteRequest() { busyAt_ = net::now(); }

Duration CoreRunner::idleTime() const {
  return core_.unfinishedJobs() > 0 ? Duration::zero() : net::now() - busyAt_;
}

}  // namespace pi::scheduler
