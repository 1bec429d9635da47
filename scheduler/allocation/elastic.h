// The provisioner among promises: it sees the scheduler's jobs and workers, and its orders reach
// batch systems, workers, the store and the log.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/model/queue_info.h"
#include "common/model/refusal.h"
#include "common/net/loop/alarm.h"
#include "common/net/loop/kj_loop.h"
#include "scheduler/allocation/core/provisioner.h"
#include "scheduler/allocation/observer.h"
#include "scheduler/allocation/provider.h"
#include "scheduler/service/elastic_control.h"
#include "scheduler/service/ignore_failures.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::allocation {

class Elastic final : public scheduler::ElasticControl {
 public:
  struct Setup {
    std::vector<QueueOptions> queues{};
    Provisioner::Naming naming{};
    Saved saved{};
    // Makes the provider of a batch system.
    kj::Function<std::unique_ptr<AllocationProvider>(const std::string& system)> makeProvider;
    // Saves changes.  Calls back on the loop's thread: with null once they are on disk, and before
    // that with why they are not yet.
    using Report = std::function<void(const std::optional<std::string>& failure)>;
    kj::Function<void(Changes, Report)> save;
  };
  Elastic(net::KjLoop& loop, scheduler::SchedulerService& service, Setup setup);
  KJ_DISALLOW_COPY(Elastic);
  ~Elastic() noexcept(false);

  // Gives back what is pending, and asks for nothing more.  Resolves when that is done and saved,
  // at most kGiveBackTimeout later.
  kj::Promise<void> stop();

  std::vector<QueueInfo> queues(Detail detail) const override;
  Reach reach() const override;
  OrRefusal<Done> pause(std::size_t queue, const std::string& reason) override;
  OrRefusal<Done> resume(std::size_t queue) override;
  std::vector<std::string> dryRun() override;

 private:
  void observe();
  void handle(const Event& event);
  void perform(action::Commit& commit);
  void perform(const action::Submit& submit);
  void perform(const action::List& list);
  void perform(const action::Cancel& cancel);
  void perform(const action::AskCause& ask);
  void perform(const action::Drain& drain);
  void perform(const action::Tell& tell);
  AllocationProvider& provider(const std::string& system);
  // The queues' places, from a number that counts from 1; 0 means all.
  OrRefusal<std::vector<std::size_t>> placesOf(std::size_t queue) const;
  kj::Promise<void> untilStopped(Instant latest);

  net::KjLoop& loop_;
  scheduler::SchedulerService& service_;
  Setup setup_;
  Observer observer_;
  std::map<std::string, std::unique_ptr<AllocationProvider>> providers_;
  Provisioner provisioner_;
  net::Alarm alarm_;
  bool isSaving_ = false;
  bool isStopping_ = false;
  std::size_t cancelling_ = 0;  // Calls under way.
  // Reports of the store outlive this object; they look whether it is still there.
  std::shared_ptr<bool> isAlive_ = std::make_shared<bool>(true);

  // Last, so that no answer outlives what it reports to.
  scheduler::IgnoreFailures ignoreFailures_;
  kj::TaskSet calls_;
};

}  // namespace pi::allocation
