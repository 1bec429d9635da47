// The worker's side of the RPC: performs the calls that its core wants, and turns the answers into
// events.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/rate_limit.h"
#include "common/model/worker_info.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/message_socket.h"
#include "proto/pi.capnp.h"
#include "worker/core/action.h"
#include "worker/core/event.h"

namespace pi::worker {

// Connects to the scheduler, with time limits of its own.  It fails with a net::ConnectError
// (as an exception); kRefused means that the scheduler will never accept this worker.
using Dial = kj::Function<kj::Promise<kj::Own<net::MessageSocket>>()>;

// One connection at a time.  Answers on an earlier one are ignored.
class SchedulerConnection {
 public:
  // Where the news go.  All functions are called inside the loop; none may destroy this object.
  class Owner {
   public:
    virtual void handle(const Event& event) = 0;
    // The scheduler wants the end of a lease back; returns where the lease ends now.
    virtual std::uint64_t truncate(LeaseId lease, std::uint64_t end) = 0;
    // The scheduler has given this worker its number, or another one.
    virtual void named(WorkerId /*worker*/) {}
    // A bug: an exception came out of an event handler.
    virtual void fail(kj::Exception&& exception) = 0;

   protected:
    ~Owner() = default;
  };

  SchedulerConnection(const WorkerProfile& profile, Dial dial, Owner& owner);
  KJ_DISALLOW_COPY(SchedulerConnection);

  // Each is answered by one event; event::Disconnected instead if the connection is lost.
  void perform(const action::Connect& connect);
  void perform(const action::Join& join);
  void perform(const action::Exchange& exchange);
  void perform(const action::Report& report);
  void perform(const action::Leave& leave);
  // Closes a connection on which the scheduler does not answer.
  void perform(const action::Disconnect& disconnect);

  // Why the last attempt failed, or the last connection ended; nullopt before that.
  const std::optional<std::string>& lastFailure() const { return lastFailure_; }

 private:
  class Control;

  void enter(kj::Own<net::MessageSocket> socket);
  template <typename Answer, typename Translate>
  void expect(Answer&& answer, Translate translate);
  Event entered(wire::WorkerGate::EnterAsWorkerResults::Reader answer);
  Event joined(wire::WorkerDesk::JoinResults::Reader answer);
  bool refuseIfNew(const kj::Exception& failure);
  void lose(const kj::Exception& reason);
  std::string whyEnded() const;
  void warn(const std::string& sentence);
  std::optional<WorkerPolicy> policyIn(wire::Policy::Reader answer);

  const WorkerProfile profile_;
  Dial dial_;
  Owner& owner_;

  std::string identity_;        // As the scheduler gave it; empty before the first join.
  std::uint64_t lastJoin_ = 0;  // The number of the last join; 0 before the first.
  std::uint64_t serial_ = 0;    // The number of this connection.
  kj::Maybe<kj::Own<net::Connection>> connection_;
  kj::Maybe<wire::WorkerDesk::Client> desk_;
  kj::Maybe<wire::WorkerSession::Client> session_;
  bool isLeaving_ = false;  // action::Leave was sent on this connection.

  std::optional<std::string> lastFailure_;
  std::string lastWarning_;  // Since the worker joined; the same one is not repeated.
  RateLimit logs_;
  Duration heartbeatLogged_{};

  class FailOwner final : public kj::TaskSet::ErrorHandler {
   public:
    explicit FailOwner(Owner& owner) : owner_(owner) {}
    void taskFailed(kj::Exception&& exception) override { owner_.fail(kj::mv(exception)); }

   private:
    Owner& owner_;
  };
  FailOwner failOwner_;
  kj::TaskSet tasks_;  // The last member: no call may outlive the members that it uses.
};

}  // namespace pi::worker
