// When workers are asked for, and when they are given back: events in, actions out.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/action.h"
#include "scheduler/allocation/core/book.h"
#include "scheduler/allocation/core/contacts.h"
#include "scheduler/allocation/core/demand.h"
#include "scheduler/allocation/core/dismissals.h"
#include "scheduler/allocation/core/endings.h"
#include "scheduler/allocation/core/event.h"
#include "scheduler/allocation/core/ledger.h"
#include "scheduler/allocation/core/lister.h"
#include "scheduler/allocation/core/orders.h"
#include "scheduler/allocation/core/planner.h"
#include "scheduler/allocation/core/queue.h"
#include "scheduler/allocation/core/reconciler.h"
#include "scheduler/allocation/core/settings.h"
#include "scheduler/allocation/core/view.h"

namespace pi::allocation {

class Provisioner {
 public:
  // See Book for the names.
  struct Naming {
    std::string prefix{};
    std::uint64_t epoch = 0;
  };
  // `queues` have different names.
  Provisioner(const Settings& settings, const std::vector<QueueOptions>& queues, Naming naming,
              const Saved& saved, Instant now);
  Provisioner(const Provisioner&) = delete;
  Provisioner& operator=(const Provisioner&) = delete;

  // The only way the state changes.
  Actions handle(const Event& event, Instant now);

  std::vector<QueueView> queues(Instant now) const;
  // No more workers than this can there be at a time within the limits of the queues.
  std::size_t workersMost() const { return planner_.workersMost(); }
  // All batch systems that have queues or allocations.
  std::set<std::string> systems() const;
  // After event::Stopping: whether the batch systems have taken back all that is pending, also what
  // may have been submitted.
  bool hasStopped() const;

  void checkInvariants() const;

 private:
  void on(const event::Observed& observed, Instant now);
  void on(const event::Listed& listed, Instant now);
  void on(const event::ListFailed& failed, Instant now);
  void on(const event::Submitted& submitted, Instant now);
  void on(const event::SubmitFailed& failed, Instant now);
  void on(const event::CancelFailed& failed, Instant now);
  void on(const event::CauseFound& found, Instant now);
  void on(const event::Committed& committed, Instant now);
  void on(const event::QueuePaused& paused, Instant now);
  void on(const event::QueueResumed& resumed, Instant now);
  void on(const event::Stopping& stopping, Instant now);
  void restore(const Saved& saved, Instant now);
  void submitSaved(Instant now);
  void conclude(Instant now);

  const Settings settings_;
  std::vector<Queue> queues_;
  Ledger ledger_;
  Orders orders_;
  Book book_;
  Lister lister_;
  Endings endings_;
  Contacts contacts_;
  Reconciler reconciler_;
  Planner planner_;
  Dismissals dismissals_;
  std::optional<Demand> demand_;  // Null until it was observed.
  bool isStopping_ = false;
};

}  // namespace pi::allocation
