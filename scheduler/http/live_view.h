// The live view of the dashboard: its viewers, and when they get frames.
#pragma once

#include <kj/async.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "common/net/loop/kj_loop.h"
#include "scheduler/http/live_socket.h"
#include "scheduler/http/live_visit.h"
#include "scheduler/http/overview.h"
#include "scheduler/live/feed.h"
#include "scheduler/service/client_service.h"

namespace pi::scheduler::http {

class LiveView {
 public:
  LiveView(net::KjLoop& loop, ClientService& service, Overview& overview);
  KJ_DISALLOW_COPY(LiveView);

  // Serves the viewer until its connection ends.
  kj::Promise<void> show(LiveVisit visit);

 private:
  class Seat;

  kj::Promise<void> keepTime();
  void tick(Instant now);
  void sendFrames(Instant now);
  std::vector<JobInfo> shownJobs() const;
  void findOlderJobs();
  std::vector<LogLine> newLines() const;

  net::KjLoop& loop_;
  ClientService& service_;
  Overview& overview_;
  live::Feed feed_;
  std::list<LiveSocket*> viewers_;
  std::vector<JobId> olderJobs_;  // Unfinished ones that are not among the newest.
  std::uint64_t turns_ = 0;
  kj::Promise<void> keepingTime_;
};

}  // namespace pi::scheduler::http
