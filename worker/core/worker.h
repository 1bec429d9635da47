// A worker's decisions, free of I/O: events in, actions out, time as an argument.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "worker/core/action.h"
#include "worker/core/event.h"
#include "worker/core/holding.h"
#include "worker/core/outbox.h"

namespace pi::worker {

struct Config {
  Duration deathTimeout{};  // Exit after so long without a scheduler; zero for never.
  Duration lifetime{};      // Drain after so long; zero for never.
};

class Worker {
 public:
  // `samplesPerSecond`: all threads together, above zero.
  Worker(const Config& config, std::uint64_t samplesPerSecond, Instant now);

  // The first actions.
  Actions start();

  // Takes one event and returns what to do about it.  The only way the state changes.
  Actions handle(const Event& event, Instant now);

  // When event::Tick is wanted at the latest.
  std::optional<Instant> wakeAt() const;

  void checkInvariants() const;

 private:
  enum class Link { kDown, kConnecting, kEntering, kJoining, kUp };

  void on(const event::Reached& reached, Instant now);
  void on(const event::Connected& connected, Instant now);
  void on(const event::Disconnected& disconnected, Instant now);
  void on(const event::Joined& joined, Instant now);
  void on(const event::JoinRefused& refused, Instant now);
  void on(const event::LeasesLent& lent, Instant now);
  void on(const event::ReportReceived& received, Instant now);
  void on(const event::LeaveReceived& received, Instant now);
  void on(const event::SpanComputed& computed, Instant now);
  void on(const event::RunningLow& low, Instant now);
  void on(const event::LeaseTruncated& truncated, Instant now);
  void on(const event::ComputingStopped& stopped, Instant now);
  void on(const event::DrainAsked& asked, Instant now);
  void on(const event::Tick& tick, Instant now);

  void forgiveOwnStall(Instant now);
  std::vector<LeaseId> leasesHeld() const;
  void speak(Instant now);
  void leaveOrExit(Instant now);
  void exit(action::ExitReason reason);
  std::optional<Instant> heartbeatAt() const;
  std::optional<Instant> answerBy() const;
  std::optional<Instant> deathAt() const;

  Config config_;
  std::uint64_t samplesPerSecond_;
  Link link_ = Link::kDown;
  Instant downSince_;
  std::optional<Instant> wantedAt_;  // When the next event was due at the latest.
  std::optional<Instant> retryAt_;   // While the link is down.
  std::optional<Instant> drainAt_;   // When the lifetime is over.
  std::uint32_t attemptsFailed_ = 0;

  Duration heartbeat_{};
  Instant spokeAt_;
  Instant askedAt_;            // When what is not answered yet was sent, exchanges aside.
  bool isExchanging_ = false;  // An exchange is not answered yet.
  bool isReporting_ = false;
  bool isGivingUp_ = false;  // The connection will soon be down.
  bool wantsWork_ = true;

  bool isDraining_ = false;
  std::optional<Instant> stopBy_;   // The threads are finishing what is in hand.
  std::optional<Instant> leaveBy_;  // The last tallies are on their way.
  bool hasExited_ = false;

  std::map<LeaseId, Holding> held_;
  Outbox outbox_;
  Actions actions_;  // Of the event being handled.
};

}  // namespace pi::worker
