#include "client/job_calls.h"

#include <algorithm>
#include <utility>

#include "client/failure.h"
#include "common/base/printable.h"
#include "common/net/secrets/random.h"
#include "common/net/transport/connect_error.h"
#include "common/wire/wire.h"

namespace pi::client {
namespace {

constexpr std::size_t kRequestIdBytes = 16;

[[noreturn]] void fail(wire::Refusal::Reader refusal) {
  std::string sentence = printable(refusal.getSentence().cStr());
  // A scheduler that stops may be restarted soon, so it is treated as lost.
  if (refusal.getCode() == wire::Refusal::Code::STOPPING) {
    kj::throwFatalException(net::disconnected(sentence));
  }
  throw Failure(ExitCode::kFailed, sentence);
}

auto openRequest(net::ClientLink& link, const JobKey& key) {
  auto request = link.desk.openRequest();
  request.setId(number(key.id));
  request.setUid(toWire(key.uid));
  return request;
}

kj::ArrayPtr<const kj::byte> bytesOf(const std::string& text) {
  return kj::StringPtr(text.c_str(), text.size()).asBytes();
}

auto submitRequest(net::ClientLink& link, const JobSpec& spec, const std::string& requestId) {
  auto request = link.desk.submitRequest();
  toWire(spec, request.initSpec());
  request.setRequestId(bytesOf(requestId));
  return request;
}

// `answer` is the answer of submit, extend or open.
template <typename Answer>
OpenJob opened(const Answer& answer) {
  if (answer.hasRefusal()) fail(answer.getRefusal());
  return {.id = JobId{answer.getId()}, .uid = fromWire(answer.getUid()), .job = answer.getJob()};
}

template <typename Opening>
Cancelled cancelWhenOpen(net::ClientLink& link, Opening opening, const std::string& reason) {
  auto request = opening.getJob().cancelRequest();
  request.setReason(reason.c_str());
  auto cancelling = request.send();
  opened(link.answer(kj::mv(opening)));
  auto answer = link.answer(kj::mv(cancelling));
  return {.job = fromWire(answer.getInfo()), .wasOver = answer.getWasOver()};
}

bool passes(const JobInfo& job, const JobFilter& filter) {
  if (filter.onlyUnfinished && isOver(job.state)) return false;
  return filter.states.empty() ||
         std::ranges::find(filter.states, job.state) != filter.states.end();
}

}  // namespace

std::string newRequestId() { return net::randomBytes(kRequestIdBytes); }

OpenJob submitJob(net::ClientLink& link, const JobSpec& spec, const std::string& requestId) {
  return opened(link.answer(submitRequest(link, spec, requestId).send()));
}

OpenJob extendJob(net::ClientLink& link, const JobExtension& extension,
                  const std::string& requestId) {
  auto request = link.desk.extendRequest();
  request.setId(number(extension.key.id));
  request.setUid(toWire(extension.key.uid));
  request.setSamples(extension.samples);
  request.setRequestId(bytesOf(requestId));
  return opened(link.answer(request.send()));
}

std::optional<OpenJob> findJob(net::ClientLink& link, const JobKey& key) {
  auto answer = link.answer(openRequest(link, key).send());
  bool isUnknown = answer.getRefusal().getCode() == wire::Refusal::Code::UNKNOWN_JOB;
  if (isUnknown) return std::nullopt;
  return opened(answer);
}

OpenJob openJob(net::ClientLink& link, JobId id) {
  return opened(link.answer(openRequest(link, {.id = id}).send()));
}

JobInfo infoOf(net::ClientLink& link, wire::Job::Client job) {
  return fromWire(link.answer(job.infoRequest().send()).getInfo());
}

std::vector<JobInfo> listJobs(net::ClientLink& link, const JobFilter& filter) {
  std::vector<JobInfo> jobs;
  std::uint64_t before = 0;  // Pages come from the newest job to the oldest.
  while (true) {
    auto request = link.desk.listRequest();
    request.setBefore(before);
    auto page = link.answer(request.send());
    for (wire::JobInfo::Reader each : page.getJobs()) {
      JobInfo job = fromWire(each);
      before = number(job.id);
      if (!passes(job, filter)) continue;
      jobs.push_back(std::move(job));
      if (jobs.size() == filter.limit) break;
    }
    bool isFull = filter.limit != 0 && jobs.size() == filter.limit;
    if (isFull || page.getIsLast() || page.getJobs().size() == 0) break;
  }
  std::ranges::reverse(jobs);
  return jobs;
}

JobsInView listJobsInView(net::ClientLink& link, std::size_t newest, std::uint64_t unfinished) {
  JobsInView view;
  std::uint64_t before = 0, seen = 0, found = 0;
  while (true) {
    auto request = link.desk.listRequest();
    request.setBefore(before);
    auto page = link.answer(request.send());
    for (wire::JobInfo::Reader each : page.getJobs()) {
      JobInfo job = fromWire(each);
      before = number(job.id);
      if (!isOver(job.state)) ++found;
      if (++seen <= newest || !isOver(job.state)) view.jobs.push_back(std::move(job));
    }
    bool isLast = page.getIsLast() || page.getJobs().size() == 0;
    if (isLast || (seen >= newest && found >= unfinished)) {
      view.areAll = isLast && view.jobs.size() == seen;
      break;
    }
  }
  std::ranges::reverse(view.jobs);
  return view;
}

std::vector<WorkerInfo> listWorkers(net::ClientLink& link) {
  auto response = link.answer(link.desk.workersRequest().send());
  std::vector<WorkerInfo> workers;
  for (wire::WorkerInfo::Reader worker : response.getWorkers()) {
    workers.push_back(fromWire(worker));
  }
  return workers;
}

SchedulerInfo describeScheduler(net::ClientLink& link) {
  return fromWire(link.answer(link.desk.infoRequest().send()).getInfo());
}

Awaited awaitWorkers(net::ClientLink& link, std::uint64_t workers) {
  auto request = link.desk.infoRequest();
  request.setWorkersAwaited(workers);
  auto answer = link.answer(request.send());
  return {.scheduler = fromWire(answer.getInfo()),
          .whyNever = reasonFromWire(answer.getWhyNever())};
}

std::string openControl(net::ClientLink& link, bool isForProgram) {
  auto request = link.desk.openControlRequest();
  request.setForProgram(isForProgram);
  auto answer = link.answer(request.send());
  if (answer.hasRefusal()) fail(answer.getRefusal());
  return answer.getSecret().cStr();
}

Reprioritized setPriority(net::ClientLink& link, wire::Job::Client job, std::int32_t priority) {
  auto request = job.setPriorityRequest();
  request.setPriority(priority);
  auto answer = link.answer(request.send());
  return {.job = fromWire(answer.getInfo()), .wasOver = answer.getWasOver()};
}

Cancelled cancelJob(net::ClientLink& link, const JobKey& key, const std::string& reason) {
  return cancelWhenOpen(link, openRequest(link, key).send(), reason);
}

Cancelled cancelSubmission(net::ClientLink& link, const JobSpec& spec, const std::string& requestId,
                           const std::string& reason) {
  return cancelWhenOpen(link, submitRequest(link, spec, requestId).send(), reason);
}

}  // namespace pi::client
