// A scheduler as a process: the service, its connections, its state on disk, and its entrance.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <memory>
#include <optional>
#include <string>

#include "common/base/exit_code.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"
#include "scheduler/allocation/elastic.h"
#include "scheduler/durable_state.h"
#include "scheduler/entrance.h"
#include "scheduler/pid_file.h"
#include "scheduler/rpc/connection_manager.h"
#include "scheduler/serve_options.h"
#include "scheduler/service/scheduler_service.h"
#include "scheduler/web_entrance.h"

namespace pi::scheduler {

// Runs a scheduler until it is told to stop.
ExitCode serve(const ServeOptions& options);

// When it is destroyed, starts something and waits for it, for at most kFarewellTimeout.
class WaitAtEnd {
 public:
  WaitAtEnd(net::KjLoop& loop, kj::Function<kj::Promise<void>()> start);
  KJ_DISALLOW_COPY(WaitAtEnd);
  ~WaitAtEnd() noexcept(false);

 private:
  net::KjLoop& loop_;
  kj::Function<kj::Promise<void>()> start_;
};

class Server {
 public:
  // Takes the state directory, listens, and says where.  Throws an exception with one sentence if
  // that is not possible; then it also removes what it has made in the state directory.
  Server(net::KjLoop& loop, const ServeOptions& options);
  KJ_DISALLOW_COPY(Server);

  // Serves until it is told to stop and everything is saved.  Returns why not everything is saved;
  // nullopt if everything is.
  std::optional<std::string> run();

 private:
  Server(net::KjLoop& loop, const ServeOptions& options, std::unique_ptr<DurableState> state);
  PublishedDashboard openDashboard();
  http::OtherFigures otherFigures() const;
  void startElastic();
  void logStart();
  void onSignal(int number);
  kj::Promise<void> stopWhenIdle();

  net::KjLoop& loop_;
  const ServeOptions options_;
  bool isSignalled_ = false;  // To stop.

  // In the order in which they live: signals are taken from the first moment to the last.  The end
  // of the scheduler is their destruction, from the last to the first: the entrance is closed, the
  // last answers leave, the store is closed, the directory is released, and then the connections
  // end.  A user who sees a connection end may start the next scheduler at once.
  net::Signals signals_;
  SchedulerService service_;
  ConnectionManager connections_;
  WaitAtEnd connectionsClosed_;
  std::unique_ptr<DurableState> state_;
  PidFile pidFile_;
  std::unique_ptr<allocation::Elastic> elastic_;  // Null if no worker is to be started.
  WaitAtEnd answersFlushed_;
  std::unique_ptr<WebEntrance> dashboard_;  // Made by the entrance; null without one.
  Entrance entrance_;
};

}  // namespace pi::scheduler
