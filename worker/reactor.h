// The shell around a worker's core: carries out its actions on threads and on the connection, and
// feeds it the events that come of them.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <optional>
#include <string>

#include "common/model/log_subject.h"
#include "common/model/worker_info.h"
#include "common/net/loop/alarm.h"
#include "common/net/loop/kj_loop.h"
#include "worker/compute_pool.h"
#include "worker/core/worker.h"
#include "worker/scheduler_connection.h"

namespace pi::worker {

struct ReactorOptions {
  Config config;
  WorkerProfile profile;  // Its speed is above zero.
  // The lines that this thread logs are about this worker, once it has its number.
  bool ownsLog = false;
};

class Reactor final : private SchedulerConnection::Owner {
 public:
  // Begins at once.  Throws std::runtime_error, with a sentence on what to do, if a thread for each
  // unit cannot be started.
  Reactor(net::KjLoop& loop, const ReactorOptions& options, ComputeUnits units, Dial dial);
  KJ_DISALLOW_COPY(Reactor);

  // Resolves when the worker has to exit.  Call it once.  The code that waits for it may destroy
  // this object; code that runs inside the loop may not.
  kj::Promise<action::ExitReason> done() { return kj::mv(done_.promise); }

  // Reports what is computed, leaves the scheduler, and is done.
  void requestDrain();

  // Is done at once.  Other workers will compute again what was not reported.
  void leaveNow();

  // Call it after done(): waits at most this long for the threads to end.  False if they have not:
  // one hangs, and this object must not be destroyed.
  bool endThreads(Duration timeout) { return pool_.endWithin(timeout); }

 private:
  void handle(const Event& event) override;
  std::uint64_t truncate(LeaseId lease, std::uint64_t end) override;
  void named(WorkerId worker) override;
  void fail(kj::Exception&& exception) override;

  void note(const event::DeviceLost& loss);
  void perform(const Actions& actions);
  template <typename Call>
  void perform(const Call& call) {
    connection_.perform(call);
  }
  void perform(const action::Compute& compute);
  void perform(const action::SetLowWater& setLowWater);
  void perform(const action::CutSpan& cutSpan);
  void perform(const action::DropLease& dropLease);
  void perform(const action::StopComputing& stopComputing);
  void perform(const action::Exit& exit);

  Worker core_;
  net::Alarm alarm_;
  ComputePool pool_;
  std::uint64_t samplesComputed_ = 0;
  std::string lastLoss_;
  const bool ownsLog_;
  std::optional<LogAbout> about_;
  kj::PromiseFulfillerPair<action::ExitReason> done_ =
      kj::newPromiseAndFulfiller<action::ExitReason>();
  SchedulerConnection connection_;  // The last member: its calls use the others.
};

}  // namespace pi::worker
