#include "scheduler/http/pages.h"

#include "common/base/check.h"
#include "scheduler/http/html.h"
#include "scheduler/http/limits.h"
#include "scheduler/http/plain_page.h"
#include "scheduler/http/static_files.h"

namespace pi::scheduler::http {
namespace {

constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// A loop that is later than this does not keep up.
// Not in SECURITY.md: it decides what /ready answers.
constexpr Duration kReadyLagMax = std::chrono::seconds(1);

}  // namespace

Pages::Pages(net::KjLoop& loop, SchedulerService& service, std::span<const dashboard::File> files)
    : service_(service),
      files_(files),
      lag_(loop),
      overview_(service, lag_),
      api_(service.clients(), overview_),
      control_(service.clients()),
      metrics_(service, lag_.histogram()),
      live_(loop, service.clients(), overview_) {
  overview_.setDoors([this] { return doors(); });
}

kj::Promise<Answer> Pages::answer(const Judgement& request, const std::string& body) {
  switch (request.endpoint) {
    case Endpoint::kSubmit:
      return control_.submit(body);
    case Endpoint::kCancel:
      return control_.cancel(request.id, body);
    case Endpoint::kPriority:
      return control_.setPriority(request.id, body);
    default:
      return read(request);
  }
}

Answer Pages::read(const Judgement& request) {
  switch (request.endpoint) {
    case Endpoint::kPage:
      return files_.empty() ? plain() : file(request);
    case Endpoint::kFile:
      return file(request);
    case Endpoint::kPlainPage:
      return plain();
    case Endpoint::kPlainStyle:
      return {.type = kStyleType, .body = std::string(plainStyle())};
    case Endpoint::kHealth:
      return {.type = kTextType, .body = "ok\n"};
    case Endpoint::kReady:
      return ready();
    case Endpoint::kMetrics:
      return {.type = kMetricsType, .body = metrics_.text(*door_)};
    case Endpoint::kCluster:
      return api_.cluster();
    case Endpoint::kJobs:
      return api_.jobs(request.target);
    case Endpoint::kJob:
      return api_.job(request.id);
    case Endpoint::kConvergence:
      return api_.convergence(request.id, request.target);
    case Endpoint::kWorkers:
      return api_.workers(request.target);
    case Endpoint::kWorker:
      return api_.worker(request.id);
    case Endpoint::kLeases:
      return api_.leases(request.id, request.target);
    case Endpoint::kLog:
      return api_.log(request.target);
    case Endpoint::kSubmit:
    case Endpoint::kCancel:
    case Endpoint::kPriority:
      break;  // See answer().
    case Endpoint::kLive:
      break;  // See show().
  }
  PI_CHECK(false);
  return {};
}

Answer Pages::file(const Judgement& request) const {
  return staticFile(files_, request.target.path, request.ifNoneMatch);
}

Answer Pages::plain() {
  ClientService& clients = service_.clients();
  ClientService::Page jobs = clients.jobs(JobId{}, kPlainPageJobsMax);
  std::vector<WorkerInfo> workers = clients.workers();
  const std::uint64_t allWorkers = workers.size();
  if (workers.size() > kWorkersPerPageMax) workers.resize(kWorkersPerPageMax);
  return {.type = kHtmlType,
          .body = plainPage({.info = clients.info(),
                             .jobs = jobs.jobs,
                             .jobCount = clients.jobCount(),
                             .workers = workers,
                             .workerCount = allWorkers,
                             .commands = overview_.commands()})};
}

Overview::Doors Pages::doors() {
  Overview::Doors doors{.http = door_->connections(), .viewers = door_->viewers()};
  for (const auto& [role, count] : metrics_.others().connections) doors.rpc += count;
  return doors;
}

Answer Pages::ready() const {
  if (service_.isReady() && lag_.recent() <= kReadyLagMax) {
    return {.type = kTextType, .body = "ready\n"};
  }
  return {.status = 503, .type = kTextType, .body = "not ready\n"};
}

}  // namespace pi::scheduler::http
