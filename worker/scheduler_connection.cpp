#include "worker/scheduler_connection.h"

#include <kj/debug.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/epoch.h"
#include "common/model/worker_identity.h"
#include "common/net/loop/clock.h"
#include "common/net/rpc/client_link.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/dial.h"
#include "common/wire/wire.h"
#include "worker/limits.h"

namespace pi::worker {
namespace {

// Whether the scheduler refuses this worker for good.  Throws if it may accept it later, so that
// the worker tries again.
bool isRefused(wire::Refusal::Reader refusal) {
  using Code = wire::Refusal::Code;
  if (refusal.getCode() == Code::NONE) return false;
  std::string sentence = printable(refusal.getSentence().cStr());
  if (refusal.getCode() == Code::STOPPING) kj::throwFatalException(net::disconnected(sentence));
  if (refusal.getCode() == Code::LIMIT_REACHED) {
    kj::throwFatalException(
        net::asException(net::ConnectError(net::ConnectFailure::kFull, sentence)));
  }
  spdlog::error("the scheduler refuses this worker: {}", sentence);
  return true;
}

template <typename Request>
void setDone(Request& request, const std::vector<LeaseTally>& done) {
  toWire(done, request.initDone(static_cast<capnp::uint>(done.size())));
}

std::vector<Lease> leasesIn(wire::WorkerSession::ExchangeResults::Reader answer) {
  std::vector<Lease> leases = fromWire(answer.getLeases());
  for (const Lease& lease : leases) {
    KJ_REQUIRE(!lease.range.empty(), "a lease without a sample");
    KJ_REQUIRE(lease.blockSamples > 0, "a lease without a block");
  }
  return leases;
}

}  // namespace

// The calls that the scheduler makes to the worker on this connection.
class SchedulerConnection::Control final : public wire::WorkerControl::Server {
 public:
  explicit Control(SchedulerConnection& connection)
      : connection_(connection), serial_(connection.serial_) {}

 private:
  bool isCurrent() const { return serial_ == connection_.serial_; }

  kj::Promise<void> drain(DrainContext) override {
    if (isCurrent()) connection_.owner_.handle(event::DrainAsked{});
    return kj::READY_NOW;
  }

  kj::Promise<void> truncate(TruncateContext context) override {
    KJ_REQUIRE(isCurrent(), "the worker has reconnected since");
    auto params = context.getParams();
    context.getResults().setEnd(
        connection_.owner_.truncate(LeaseId{params.getLease()}, params.getEnd()));
    return kj::READY_NOW;
  }

  kj::Promise<void> expectRestart(ExpectRestartContext) override {
    if (isCurrent()) connection_.warn("the scheduler restarts");
    return kj::READY_NOW;
  }

  SchedulerConnection& connection_;
  const std::uint64_t serial_;
};

SchedulerConnection::SchedulerConnection(const WorkerProfile& profile, Dial dial, Owner& owner)
    : profile_(profile),
      dial_(kj::mv(dial)),
      owner_(owner),
      logs_(kConnectionLogLinesMax, kConnectionLogPeriod),
      failOwner_(owner),
      tasks_(failOwner_) {}

void SchedulerConnection::perform(const action::Connect&) {
  tasks_.add(kj::evalNow([this] {
               return dial_();
             }).then([this](kj::Own<net::MessageSocket> socket) {
                 enter(kj::mv(socket));
               }).catch_([this](kj::Exception&& failure) {
    if (!refuseIfNew(failure)) lose(failure);
  }));
}

void SchedulerConnection::enter(kj::Own<net::MessageSocket> socket) {
  auto connection = kj::heap<net::Connection>(kj::mv(socket));
  tasks_.add(connection->onDisconnect().then([this, serial = serial_] {
    if (serial == serial_) lose(net::disconnected(whyEnded()));
  }));
  auto request = connection->bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
  net::introduce(request.initPeer());
  connection_ = kj::mv(connection);
  expect(request.send(), [this](auto& answer) { return entered(answer); });
  owner_.handle(event::Reached{});
}

// Sends the core the event that `translate` makes of the answer, or that the connection is lost.
// While the worker leaves, the scheduler need not answer an exchange that waits for work; if the
// connection ends, onDisconnect() tells.
template <typename Answer, typename Translate>
void SchedulerConnection::expect(Answer&& answer, Translate translate) {
  tasks_.add(answer
                 .then([this, serial = serial_, translate](auto&& response) {
                   if (serial == serial_) owner_.handle(translate(response));
                 })
                 .catch_([this, serial = serial_](kj::Exception&& failure) {
                   if (serial != serial_ || isLeaving_) return;
                   if (!refuseIfNew(failure)) lose(failure);
                 }));
}

// A worker that has never joined exits if the scheduler refuses its key.  A worker that has joined
// keeps trying until its scheduler is back.
bool SchedulerConnection::refuseIfNew(const kj::Exception& failure) {
  if (net::connectFailureOf(failure) != net::ConnectFailure::kRefused) return false;
  if (!identity_.empty()) return false;
  KJ_IF_MAYBE (connection, connection_) {
    // The scheduler knows the key, but it is not a worker's.
    spdlog::error(
        "the scheduler at tcp://{} does not accept this key for a worker; get a connection file by "
        "'pi-scheduler access worker'",
        (*connection)->peer());
  } else {
    spdlog::error("{}", net::sentenceOf(failure));
  }
  owner_.handle(event::JoinRefused{});
  return true;
}

Event SchedulerConnection::entered(wire::WorkerGate::EnterAsWorkerResults::Reader answer) {
  if (isRefused(answer.getRefusal())) return event::JoinRefused{};
  desk_ = answer.getDesk();
  return event::Connected{};
}

void SchedulerConnection::perform(const action::Join& join) {
  auto request = KJ_ASSERT_NONNULL(desk_).joinRequest();
  wire::WorkerHello::Builder hello = request.initHello();
  toWire(profile_, hello.initProfile());
  hello.setIdentity(kj::StringPtr(identity_.c_str(), identity_.size()).asBytes());
  hello.setLastJoin(lastJoin_);
  toWire(join.lent, hello.initLent(static_cast<capnp::uint>(join.lent.size())));
  toWire(join.held, hello.initHeld(static_cast<capnp::uint>(join.held.size())));
  setDone(hello, join.done);
  hello.setTimeLeftNanoseconds(timeLeftToWire(join.timeLeft));
  request.setControl(kj::heap<Control>(*this));
  expect(request.send(), [this](auto& answer) { return joined(answer); });
}

Event SchedulerConnection::joined(wire::WorkerDesk::JoinResults::Reader answer) {
  if (isRefused(answer.getRefusal())) return event::JoinRefused{};
  auto given = answer.getIdentity().asChars();
  std::string identity(given.begin(), given.end());
  bool isStranger = !identity_.empty() && identity != identity_;
  if (isStranger) {
    spdlog::warn(
        "this scheduler has another state directory: it cannot use what was computed for the last "
        "one");
  }
  identity_ = std::move(identity);
  lastJoin_ = answer.getJoin();
  session_ = answer.getSession();
  std::vector<LeaseId> forget;
  for (std::uint64_t lease : answer.getForget()) forget.push_back(LeaseId{lease});

  lastWarning_.clear();
  std::optional<WorkerId> worker = numberIn(identity_);
  if (worker) owner_.named(*worker);
  if (logs_.allows(net::now())) {
    spdlog::info(
        "joined the scheduler at {}{}: {}, kernel {}, {}", KJ_ASSERT_NONNULL(connection_)->peer(),
        worker ? " as worker " + toText(*worker) : "", countText(profile_.threads, "thread"),
        profile_.kernel, rateText(profile_.samplesPerSecond));
  }
  WorkerPolicy eager{.heartbeat = kHeartbeatMin};
  return event::Joined{.policy = policyIn(answer.getPolicy()).value_or(eager),
                       .forget = std::move(forget),
                       .committed = answer.getCommitted(),
                       .isStranger = isStranger};
}

// With many workers it tells them to speak rarely, which a user may wonder about.
std::optional<WorkerPolicy> SchedulerConnection::policyIn(wire::Policy::Reader answer) {
  std::optional<WorkerPolicy> policy = fromWire(answer, kPolicyMax);
  if (!policy) return std::nullopt;
  policy->heartbeat = std::max(policy->heartbeat, kHeartbeatMin);
  bool isNews =
      policy->heartbeat >= 2 * heartbeatLogged_ || 2 * policy->heartbeat <= heartbeatLogged_;
  if (!isNews) return policy;
  bool isFirst = heartbeatLogged_ == Duration::zero();
  if (!isFirst && !logs_.allows(net::now())) return policy;
  heartbeatLogged_ = policy->heartbeat;
  spdlog::log(isFirst ? spdlog::level::debug : spdlog::level::info,
              "the scheduler wants a report every {} now, and lends work for {}; a worker that is "
              "silent for {} is suspect",
              durationText(policy->heartbeat), durationText(policy->leaseTarget),
              durationText(policy->silenceTimeout));
  return policy;
}

void SchedulerConnection::perform(const action::Exchange& exchange) {
  auto request = KJ_ASSERT_NONNULL(session_).exchangeRequest();
  setDone(request, exchange.done);
  request.setRoundTripNanoseconds(static_cast<std::uint64_t>(exchange.roundTrip.count()));
  expect(request.send(), [this](auto& answer) -> Event {
    return event::LeasesLent{.leases = leasesIn(answer),
                             .committed = answer.getCommitted(),
                             .policy = policyIn(answer.getPolicy())};
  });
}

void SchedulerConnection::perform(const action::Report& report) {
  auto request = KJ_ASSERT_NONNULL(session_).heartbeatRequest();
  setDone(request, report.done);
  expect(request.send(), [this](auto& answer) -> Event {
    return event::ReportReceived{.committed = answer.getCommitted(),
                                 .policy = policyIn(answer.getPolicy())};
  });
}

void SchedulerConnection::perform(const action::Leave& leave) {
  isLeaving_ = true;
  auto request = KJ_ASSERT_NONNULL(session_).leaveRequest();
  setDone(request, leave.done);
  expect(request.send(), [](auto&) -> Event { return event::LeaveReceived{}; });
}

void SchedulerConnection::perform(const action::Disconnect&) {
  std::string sentence = "the scheduler does not answer";
  KJ_IF_MAYBE (connection, connection_) {
    if (desk_ == nullptr) sentence = net::silentText((*connection)->peer());
  }
  lose(net::disconnected(sentence));
}

std::string SchedulerConnection::whyEnded() const {
  const net::Connection& connection = *KJ_ASSERT_NONNULL(connection_);
  if (std::optional<std::string> failure = connection.failure()) return *failure;
  if (desk_ != nullptr) return "the connection has ended";
  return "tcp://" + connection.peer() +
         " is not a pi-scheduler, or it needs keys, or it is full; check the address, the "
         "connection file and the scheduler's log";
}

void SchedulerConnection::lose(const kj::Exception& reason) {
  const std::string failure = net::sentenceOf(reason);
  lastFailure_ = failure;
  if (!isLeaving_) {
    warn(session_ == nullptr ? failure : "lost the scheduler, reconnecting: " + failure);
  }
  ++serial_;
  isLeaving_ = false;
  session_ = nullptr;
  desk_ = nullptr;
  KJ_IF_MAYBE (connection, connection_) {
    // This may run inside one of the connection's own calls, so it is destroyed when it is over.
    (*connection)->close();
    auto isOver = (*connection)->onDisconnect();
    tasks_.add(isOver.attach(kj::mv(*connection)));
    connection_ = nullptr;
  }
  bool isRefusal = net::connectFailureOf(reason) == net::ConnectFailure::kFull;
  owner_.handle(event::Disconnected{.random = net::randomNumber(), .isRefusal = isRefusal});
}

// Logs why the worker has no scheduler, and each reason once only.
void SchedulerConnection::warn(const std::string& sentence) {
  if (sentence == lastWarning_) return;
  lastWarning_ = sentence;
  if (logs_.allows(net::now())) spdlog::warn("{}{}", sentence, logs_.takeNote());
}

}  // namespace pi::worker
