// The shell around a worker's core: performs its actions on threads and connections, and tells it
// what came of them.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/rate_limit.h"
#include "common/model/worker_info.h"
#include "common/net/loop/alarm.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/message_socket.h"
#include "proto/pi.capnp.h"
#include "worker/compute_pool.h"
#include "worker/core/worker.h"
#include "worker/kernels/kernel.h"

namespace pi::worker {

// Calls the scheduler, and gives up by itself.  A failure's description is one sentence for people;
// of type FAILED it says that the scheduler will not have this worker.
using Call = kj::Function<kj::Promise<kj::Own<net::MessageSocket>>()>;

struct ReactorOptions {
  Config config;
  WorkerProfile profile;  // As many threads are started as it says; its speed is above zero.
};

class Reactor {
 public:
  // Begins at once.  `kernel` runs on this CPU.  Throws std::system_error when there cannot be so
  // many threads.
  Reactor(net::KjLoop& loop, const ReactorOptions& options, const kernels::Kernel& kernel,
          Call call);
  KJ_DISALLOW_COPY(Reactor);

  // Resolves when the worker is to exit, and why; to be taken once.  Whoever waited for it may
  // destroy this; nothing inside the loop may.
  kj::Promise<action::ExitReason> done() { return kj::mv(done_.promise); }

  // Reports what is computed, leaves, and is done.
  void requestDrain();

  // Is done at once; what is not reported is computed again by others.
  void leaveNow();

  // Once it is done: whether its threads have ended in this time.  If not, one of them hangs, and
  // this must not be destroyed.
  bool endThreads(Duration most) { return pool_.endWithin(most); }

 private:
  class Control;

  void handle(const Event& event);
  void perform(const action::Connect& connect);
  void perform(const action::Disconnect&);
  void perform(const action::Join& join);
  void perform(const action::Exchange& exchange);
  void perform(const action::Report& report);
  void perform(const action::Leave& leave);
  void perform(const action::Compute& compute);
  void perform(const action::SetLowWater& setLowWater);
  void perform(const action::CutSpan& cutSpan);
  void perform(const action::DropLease& dropLease);
  void perform(const action::StopComputing& stopComputing);
  void perform(const action::Exit& exit);

  void enter(kj::Own<net::MessageSocket> socket);
  template <typename Answer, typename Translate>
  void expect(Answer&& answer, Translate translate);
  Event entered(wire::WorkerGate::EnterAsWorkerResults::Reader answer);
  Event joined(wire::WorkerDesk::JoinResults::Reader answer);
  std::string whyEnded() const;
  bool refuseIfNew(const kj::Exception& failure);
  void lose(const kj::Exception& reason);
  std::uint64_t truncate(LeaseId lease, std::uint64_t end);
  void complain(const std::string& sentence);

  const WorkerProfile profile_;
  Call call_;
  Worker core_;
  net::Alarm alarm_;
  ComputePool pool_;
  std::uint64_t samplesComputed_ = 0;

  std::string identity_;      // As the scheduler gave it.
  std::uint64_t serial_ = 0;  // Of the connection; what an older one still says is not for us.
  kj::Maybe<kj::Own<net::Connection>> connection_;
  kj::Maybe<wire::WorkerDesk::Client> desk_;
  kj::Maybe<wire::WorkerSession::Client> session_;
  bool isLeaving_ = false;  // Said goodbye on this connection.

  std::string complaint_;  // The last one since the worker was joined.
  RateLimit logs_;

  kj::PromiseFulfillerPair<action::ExitReason> done_ =
      kj::newPromiseAndFulfiller<action::ExitReason>();

  // Last, so that no call outlives what it reports to.
  class RejectDone final : public kj::TaskSet::ErrorHandler {
   public:
    explicit RejectDone(Reactor& reactor) : reactor_(reactor) {}
    void taskFailed(kj::Exception&& exception) override;

   private:
    Reactor& reactor_;
  };
  RejectDone rejectDone_;
  kj::TaskSet tasks_;
};

}  // namespace pi::worker
