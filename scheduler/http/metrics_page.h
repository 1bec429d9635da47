// The scheduler's metrics as a page for Prometheus.
#pragma once

#include <kj/function.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/histogram.h"
#include "common/model/access.h"
#include "scheduler/http/door.h"
#include "scheduler/service/scheduler_service.h"

namespace pi::scheduler::http {

// Figures of other parts of the process.
struct OtherFigures {
  struct Call {
    std::string method;  // "ClientDesk.submit"
    const Histogram* times = nullptr;
  };
  std::vector<Call> calls{};
  std::map<Role, std::uint64_t> connections{};
  std::uint64_t handshakesSucceeded = 0;
  std::uint64_t handshakesRefused = 0;
  std::uint64_t storeBytes = 0;
};

class MetricsPage {
 public:
  using Ask = kj::Function<OtherFigures()>;

  // Both must outlive this object.
  MetricsPage(SchedulerService& service, const Histogram& loopLag);

  // Who knows the other figures; asked for each page.
  void setOthers(Ask ask) { ask_ = kj::mv(ask); }

  OtherFigures others() { return ask_(); }

  std::string text(const Door& door);

 private:
  SchedulerService& service_;
  const Histogram& loopLag_;
  Ask ask_ = [] { return OtherFigures{}; };
  const WallTime startedAt_;
};

}  // namespace pi::scheduler::http
