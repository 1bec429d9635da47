// All pages of the HTTP door.
#pragma once

#include <span>
#include <utility>

#include "scheduler/dashboard/files.h"
#include "scheduler/http/api.h"
#include "scheduler/http/door.h"
#include "scheduler/http/job_control.h"
#include "scheduler/http/live_view.h"
#include "scheduler/http/loop_lag.h"
#include "scheduler/http/metrics_page.h"
#include "scheduler/http/overview.h"
#include "scheduler/http/site.h"

namespace pi::scheduler::http {

class Pages final : public Site {
 public:
  // Without files of the dashboard, its page is the plain one.
  Pages(net::KjLoop& loop, SchedulerService& service, std::span<const dashboard::File> files);
  KJ_DISALLOW_COPY(Pages);

  MetricsPage& metrics() { return metrics_; }
  void setCommands(StartCommands commands) { overview_.setCommands(std::move(commands)); }
  // The door that shows these pages; before its first request.
  void setDoor(const Door& door) { door_ = &door; }

  kj::Promise<Answer> answer(const Judgement& request, const std::string& body) override;
  kj::Promise<void> show(LiveVisit visit) override { return live_.show(kj::mv(visit)); }

 private:
  Answer read(const Judgement& request);
  Answer file(const Judgement& request) const;
  Answer plain();
  Answer ready() const;
  Overview::Doors doors();

  SchedulerService& service_;
  std::span<const dashboard::File> files_;
  const Door* door_ = nullptr;
  LoopLag lag_;
  Overview overview_;
  Api api_;
  JobControl control_;
  MetricsPage metrics_;
  LiveView live_;
};

}  // namespace pi::scheduler::http
