// The scheduler among promises: one core, and the services that its doors use.  It knows neither
// sockets nor the wire: the RPC desks and later the HTTP door use the same services.  An embedded
// client comes through the desks, too, over a local pipe.
#pragma once

#include <string>

#include "scheduler/service/audits.h"
#include "scheduler/service/client_service.h"
#include "scheduler/service/core_runner.h"
#include "scheduler/service/recomputer.h"
#include "scheduler/service/saving.h"
#include "scheduler/service/service_log.h"
#include "scheduler/service/shutdown.h"
#include "scheduler/service/worker_service.h"

namespace pi::scheduler {

class SchedulerService final : private CoreRunner::Performer {
 public:
  // The jobs of the last scheduler of the state directory, and the secret of its tickets.  An empty
  // secret is replaced by a new one, which is valid as long as this object.
  struct Inheritance {
    Saved saved;
    std::string secret;
  };
  SchedulerService(net::KjLoop& loop, const Config& config, const Inheritance& inheritance = {});
  KJ_DISALLOW_COPY(SchedulerService);

  ClientService& clients() { return clients_; }
  WorkerService& workers() { return workers_; }
  Saving& saving() { return saving_; }
  Audits& audits() { return audits_; }
  Shutdown& shutdown() { return shutdown_; }

  const Config& config() const { return runner_.config(); }
  kj::Timer& timer() { return runner_.timer(); }
  bool hasUnfinishedJobs() const { return runner_.core().unfinishedJobs() > 0; }
  Duration idleTime() const { return runner_.idleTime(); }
  // Whether it accepts jobs: it is not stopping, and its disk takes what changes.
  bool isReady() const;
  const Metrics& metrics() const { return runner_.core().metrics(); }

  // Aborts when an invariant of the core is broken.
  void checkInvariants() const { runner_.core().checkInvariants(); }

 private:
  void perform(Action& action) override;
  void afterEvent() override;

  CoreRunner runner_;
  ServiceLog log_;
  Saving saving_;
  Audits audits_;
  WorkerService workers_;
  Recomputer recomputer_;
  Shutdown shutdown_;
  ClientService clients_;
};

}  // namespace pi::scheduler
