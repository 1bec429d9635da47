#include "scheduler/http/job_control.h"

#include <utility>
#include <variant>

#include "common/json/documents.h"
#include "scheduler/http/job_request.h"
#include "scheduler/http/refused.h"

namespace pi::scheduler::http {
namespace {

constexpr const char* kSubmitter = "dashboard";
constexpr const char* kCancelReason = "cancelled from the dashboard";

// The job, and whether it was over before, so that nothing was changed.
Answer answerOf(const JobInfo& job, bool wasOver) {
  Json object = jobObject(job);
  object["was_over"] = wasOver;
  return {.body = jsonLine(object)};
}

}  // namespace

kj::Promise<Answer> JobControl::submit(const std::string& body) {
  OrFailure<SubmissionRequest> parsed = parseSubmission(body);
  if (const auto* failure = std::get_if<Failure>(&parsed)) return http::answerOf(*failure);
  auto& request = std::get<SubmissionRequest>(parsed);
  request.spec.submitter = kSubmitter;
  return service_.submit(request.spec, request.requestId)
      .then([](OrRefusal<ClientService::Submitted>&& answer) -> Answer {
        if (const auto* refusal = std::get_if<Refusal>(&answer)) return http::answerOf(*refusal);
        const auto& submitted = std::get<ClientService::Submitted>(answer);
        return {.status = 201,
                .body = jsonLine(submissionObject(submitted.job, submitted.uid)),
                .headers = {{"Location", "/api/v1/jobs/" + std::to_string(number(submitted.job))}}};
      });
}

kj::Promise<Answer> JobControl::cancel(std::uint64_t job, const std::string& body) {
  OrFailure<std::string> parsed = parseCancellation(body);
  if (const auto* failure = std::get_if<Failure>(&parsed)) return http::answerOf(*failure);
  auto& reason = std::get<std::string>(parsed);
  OrRefusal<JobInfo> found = service_.find(JobId{job});
  if (const auto* refusal = std::get_if<Refusal>(&found)) return http::answerOf(*refusal);
  const auto& before = std::get<JobInfo>(found);
  return service_.cancel(before.id, reason.empty() ? kCancelReason : std::move(reason))
      .then([wasOver = isOver(before.state)](OrRefusal<JobInfo>&& answer) -> Answer {
        if (const auto* refusal = std::get_if<Refusal>(&answer)) return http::answerOf(*refusal);
        return answerOf(std::get<JobInfo>(answer), wasOver);
      });
}

Answer JobControl::setPriority(std::uint64_t job, const std::string& body) {
  OrFailure<std::int32_t> parsed = parseNewPriority(body);
  if (const auto* failure = std::get_if<Failure>(&parsed)) return http::answerOf(*failure);
  auto changed = service_.setPriority(JobId{job}, std::get<std::int32_t>(parsed));
  if (const auto* refusal = std::get_if<Refusal>(&changed)) return http::answerOf(*refusal);
  const auto& result = std::get<ClientService::Reprioritized>(changed);
  return answerOf(result.job, result.wasOver);
}

}  // namespace pi::scheduler::http
