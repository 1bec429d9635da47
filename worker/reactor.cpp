#include "worker/reactor.h"

#include <kj/debug.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "common/base/check.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/net/loop/clock.h"
#include "common/net/rpc/client_link.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/dial.h"
#include "common/wire/wire.h"

namespace pi::worker {
namespace {

// Of lines about the connection: a scheduler that comes and goes must not fill the disk.
constexpr std::uint64_t kLogLinesPerMinute = 10;

// A scheduler whose policy is out of these bounds is taken at the nearer one.
constexpr Duration kHeartbeatMin = std::chrono::milliseconds(10);
constexpr Duration kPolicyMax = std::chrono::minutes(1);

Duration policyFrom(std::uint64_t nanoseconds, Duration low) {
  auto most = static_cast<std::uint64_t>(kPolicyMax.count());
  return std::max(low, Duration(static_cast<Duration::rep>(std::min(nanoseconds, most))));
}

// Whether the scheduler said no.  Throws when that may pass, so that the worker tries again.
bool isRefused(wire::Refusal::Reader refusal) {
  using Code = wire::Refusal::Code;
  if (refusal.getCode() == Code::NONE) return false;
  std::string sentence = printable(refusal.getSentence().cStr());
  if (refusal.getCode() == Code::STOPPING || refusal.getCode() == Code::LIMIT_REACHED) {
    kj::throwFatalException(net::disconnected(sentence));
  }
  spdlog::error("the scheduler refuses this worker: {}", sentence);
  return true;
}

template <typename Request>
void setDone(Request& request, const std::vector<LeaseTally>& done) {
  toWire(done, request.initDone(static_cast<capnp::uint>(done.size())));
}

Event lent(wire::WorkerSession::ExchangeResults::Reader answer) {
  std::vector<Lease> leases = fromWire(answer.getLeases());
  for (const Lease& lease : leases) KJ_REQUIRE(!lease.range.empty(), "a lease without a sample");
  return event::LeasesLent{.leases = std::move(leases), .committed = answer.getCommitted()};
}

}  // namespace

// The scheduler's hand on the worker, as long as the connection lasts.
class Reactor::Control final : public wire::WorkerControl::Server {
 public:
  explicit Control(Reactor& reactor) : reactor_(reactor), serial_(reactor.serial_) {}

 private:
  kj::Promise<void> drain(DrainContext) override {
    if (serial_ == reactor_.serial_) reactor_.requestDrain();
    return kj::READY_NOW;
  }

  kj::Promise<void> truncate(TruncateContext context) override {
    KJ_REQUIRE(serial_ == reactor_.serial_, "the worker has called anew since");
    auto params = context.getParams();
    context.getResults().setEnd(reactor_.truncate(LeaseId{params.getLease()}, params.getEnd()));
    return kj::READY_NOW;
  }

  kj::Promise<void> expectRestart(ExpectRestartContext) override {
    if (serial_ == reactor_.serial_) reactor_.complain("the scheduler stops, and will be back");
    return kj::READY_NOW;
  }

  Reactor& reactor_;
  const std::uint64_t serial_;
};

Reactor::Reactor(net::KjLoop& loop, const ReactorOptions& options, const kernels::Kernel& kernel,
                 Call call)
    : profile_(options.profile),
      call_(kj::mv(call)),
      core_(options.config, options.profile.samplesPerSecond, net::now()),
      alarm_(loop, [this] { handle(event::Tick{}); }),
      pool_(loop.io(), kernel.hitsIn, options.profile.threads,
            [this](const Event& event) { handle(event); }),
      logs_(kLogLinesPerMinute, std::chrono::minutes(1)),
      rejectDone_(*this),
      tasks_(rejectDone_) {
  for (const Action& action : core_.start()) {
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
  alarm_.set(core_.wakeAt());
}

void Reactor::requestDrain() { handle(event::DrainAsked{}); }

void Reactor::leaveNow() { perform(action::Exit{action::ExitReason::kDrained}); }

void Reactor::handle(const Event& event) {
  if (const auto* computed = std::get_if<event::SpanComputed>(&event)) {
    samplesComputed_ += computed->tally.tally.range.size();
    spdlog::debug("computed so far: {} samples", samplesComputed_);
  }
  for (const Action& action : core_.handle(event, net::now())) {
    std::visit([this](const auto& wanted) { perform(wanted); }, action);
  }
  alarm_.set(core_.wakeAt());
}

void Reactor::perform(const action::Disconnect&) {
  std::string sentence = "the scheduler does not answer";
  KJ_IF_MAYBE (connection, connection_) {
    if (desk_ == nullptr) sentence = net::silentText((*connection)->peer());
  }
  lose(net::disconnected(sentence));
}

void Reactor::perform(const action::Connect&) {
  tasks_.add(kj::evalNow([this] {
               return call_();
             }).then([this](kj::Own<net::MessageSocket> socket) {
                 enter(kj::mv(socket));
               }).catch_([this](kj::Exception&& failure) {
    if (!refuseIfNew(failure)) lose(failure);
  }));
}

// If the scheduler refuses our key, a worker that has never joined ends.  A worker that has joined
// before keeps trying until its scheduler is back.
bool Reactor::refuseIfNew(const kj::Exception& failure) {
  if (net::connectFailureOf(failure) != net::ConnectFailure::kRefused) return false;
  if (!identity_.empty()) return false;
  KJ_IF_MAYBE (connection, connection_) {  // With a key, that is, but not a worker's.
    spdlog::error(
        "the scheduler at tcp://{} lets nobody with this key in as a worker; get a connection "
        "file by 'pi-scheduler access worker'",
        (*connection)->peer());
  } else {
    spdlog::error("{}", net::sentenceOf(failure));
  }
  handle(event::JoinRefused{});
  return true;
}

void Reactor::enter(kj::Own<net::MessageSocket> socket) {
  auto connection = kj::heap<net::Connection>(kj::mv(socket));
  tasks_.add(connection->onDisconnect().then([this, serial = serial_] {
    if (serial == serial_) lose(net::disconnected(whyEnded()));
  }));
  auto request = connection->bootstrap().castAs<wire::WorkerGate>().enterAsWorkerRequest();
  net::introduce(request.initPeer());
  connection_ = kj::mv(connection);
  expect(request.send(), [this](auto& answer) { return entered(answer); });
  handle(event::Reached{});
}

std::string Reactor::whyEnded() const {
  const net::Connection& connection = *KJ_ASSERT_NONNULL(connection_);
  if (std::string failure = connection.failure(); !failure.empty()) return failure;
  if (desk_ != nullptr) return "the connection has ended";
  return "what answers at tcp://" + connection.peer() +
         " is not a pi-scheduler, or one that asks for keys or takes no more connections; check "
         "the address, the connection file and the scheduler's log";
}

// Tells the core what comes of a call: the event that `translate` makes of the answer, or that the
// connection is lost; nothing once it is another connection.  While the worker leaves, a scheduler
// need not answer what was waiting for work; should the connection end, that is told by itself.
template <typename Answer, typename Translate>
void Reactor::expect(Answer&& answer, Translate translate) {
  tasks_.add(answer
                 .then([this, serial = serial_, translate](auto&& response) {
                   if (serial == serial_) handle(translate(response));
                 })
                 .catch_([this, serial = serial_](kj::Exception&& failure) {
                   if (serial != serial_ || isLeaving_) return;
                   if (!refuseIfNew(failure)) lose(failure);
                 }));
}

Event Reactor::entered(wire::WorkerGate::EnterAsWorkerResults::Reader answer) {
  if (isRefused(answer.getRefusal())) return event::JoinRefused{};
  desk_ = answer.getDesk();
  return event::Connected{};
}

void Reactor::perform(const action::Join& join) {
  auto request = KJ_ASSERT_NONNULL(desk_).joinRequest();
  wire::WorkerHello::Builder hello = request.initHello();
  toWire(profile_, hello.initProfile());
  hello.setIdentity(kj::StringPtr(identity_.c_str(), identity_.size()).asBytes());
  toWire(join.lent, hello.initLent(static_cast<capnp::uint>(join.lent.size())));
  toWire(join.held, hello.initHeld(static_cast<capnp::uint>(join.held.size())));
  setDone(hello, join.done);
  request.setControl(kj::heap<Control>(*this));
  expect(request.send(), [this](auto& answer) { return joined(answer); });
}

Event Reactor::joined(wire::WorkerDesk::JoinResults::Reader answer) {
  if (isRefused(answer.getRefusal())) return event::JoinRefused{};
  auto given = answer.getIdentity().asChars();
  std::string identity(given.begin(), given.end());
  bool isStranger = !identity_.empty() && identity != identity_;
  if (isStranger) {
    spdlog::warn("this scheduler has another state directory: what was computed is not its own");
  }
  identity_ = std::move(identity);
  session_ = answer.getSession();
  std::vector<LeaseId> forget;
  for (std::uint64_t lease : answer.getForget()) forget.push_back(LeaseId{lease});

  complaint_.clear();
  if (logs_.allows(net::now())) {
    spdlog::info("joined the scheduler at {}: {} threads, kernel {}, {}",
                 KJ_ASSERT_NONNULL(connection_)->peer(), profile_.threads, profile_.kernel,
                 rateText(profile_.samplesPerSecond));
  }
  wire::Policy::Reader policy = answer.getPolicy();
  return event::Joined{.heartbeat = policyFrom(policy.getHeartbeatNanoseconds(), kHeartbeatMin),
                       .prefetch = policyFrom(policy.getPrefetchNanoseconds(), Duration::zero()),
                       .forget = std::move(forget),
                       .committed = answer.getCommitted(),
                       .isStranger = isStranger};
}

void Reactor::perform(const action::Exchange& exchange) {
  auto request = KJ_ASSERT_NONNULL(session_).exchangeRequest();
  setDone(request, exchange.done);
  expect(request.send(), [](auto& answer) { return lent(answer); });
}

void Reactor::perform(const action::Report& report) {
  auto request = KJ_ASSERT_NONNULL(session_).heartbeatRequest();
  setDone(request, report.done);
  expect(request.send(),
         [](auto& answer) -> Event { return event::ReportReceived{answer.getCommitted()}; });
}

void Reactor::perform(const action::Leave& leave) {
  isLeaving_ = true;
  auto request = KJ_ASSERT_NONNULL(session_).leaveRequest();
  setDone(request, leave.done);
  expect(request.send(), [](auto&) -> Event { return event::LeaveReceived{}; });
}

void Reactor::perform(const action::Compute& compute) { pool_.push(compute.lease); }

void Reactor::perform(const action::SetLowWater& setLowWater) {
  pool_.setLowWater(setLowWater.samples);
}

void Reactor::perform(const action::CutSpan&) { pool_.cut(); }

void Reactor::perform(const action::DropLease& dropLease) { pool_.drop(dropLease.lease); }

void Reactor::perform(const action::StopComputing&) {
  spdlog::info("draining: reporting what is computed, and leaving");
  pool_.stop();
}

void Reactor::perform(const action::Exit& exit) {
  if (!done_.fulfiller->isWaiting()) return;
  if (exit.reason == action::ExitReason::kNoScheduler) {
    spdlog::error(
        "no scheduler for too long; start one with pi-scheduler, or wait longer with "
        "--death-timeout");
  }
  spdlog::info("left after computing {} samples", samplesComputed_);
  alarm_.set(std::nullopt);
  done_.fulfiller->fulfill(action::ExitReason{exit.reason});
}

// The connection itself lives on until it is over: this may be inside one of its calls.
void Reactor::lose(const kj::Exception& reason) {
  std::string sentence = net::sentenceOf(reason);
  if (!isLeaving_) {
    complain(session_ == nullptr ? sentence : "lost the scheduler, calling again: " + sentence);
  }
  ++serial_;
  isLeaving_ = false;
  session_ = nullptr;
  desk_ = nullptr;
  KJ_IF_MAYBE (connection, connection_) {
    (*connection)->close();
    auto isOver = (*connection)->onDisconnect();
    tasks_.add(isOver.attach(kj::mv(*connection)));
    connection_ = nullptr;
  }
  handle(event::Disconnected{.random = net::randomNumber()});
}

std::uint64_t Reactor::truncate(LeaseId lease, std::uint64_t end) {
  std::uint64_t kept = pool_.truncate(lease, end);
  if (kept != kSamplesEnd) handle(event::LeaseTruncated{.lease = lease, .end = kept});
  return kept;
}

// Says what keeps the worker from its scheduler, and not the same again and again.
void Reactor::complain(const std::string& sentence) {
  if (sentence == complaint_) return;
  complaint_ = sentence;
  if (logs_.allows(net::now())) spdlog::warn("{}{}", sentence, logs_.takeNote());
}

void Reactor::RejectDone::taskFailed(kj::Exception&& exception) {
  reactor_.done_.fulfiller->reject(kj::mv(exception));
}

}  // namespace pi::worker
