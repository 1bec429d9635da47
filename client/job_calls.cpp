#include "client/job_calls.h"

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

auto submitRequest(net::ClientLink& link, const JobSpec& spec, const std::string& requestId) {
  auto request = link.desk.submitRequest();
  toWire(spec, request.initSpec());
  request.setRequestId(kj::StringPtr(requestId.c_str(), requestId.size()).asBytes());
  return request;
}

// `answer` is the answer of submit or open.
template <typename Answer>
OpenJob opened(const Answer& answer) {
  if (answer.hasRefusal()) fail(answer.getRefusal());
  return {.id = JobId{answer.getId()}, .uid = fromWire(answer.getUid()), .job = answer.getJob()};
}

template <typename Opening>
JobInfo cancelWhenOpen(net::ClientLink& link, Opening opening) {
  auto cancelling = opening.getJob().cancelRequest().send();
  opened(link.answer(kj::mv(opening)));
  return fromWire(link.answer(kj::mv(cancelling)).getInfo());
}

}  // namespace

std::string newRequestId() { return net::randomBytes(kRequestIdBytes); }

OpenJob submitJob(net::ClientLink& link, const JobSpec& spec, const std::string& requestId) {
  return opened(link.answer(submitRequest(link, spec, requestId).send()));
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

JobInfo cancelJob(net::ClientLink& link, const JobKey& key) {
  return cancelWhenOpen(link, openRequest(link, key).send());
}

JobInfo cancelSubmission(net::ClientLink& link, const JobSpec& spec, const std::string& requestId) {
  return cancelWhenOpen(link, submitRequest(link, spec, requestId).send());
}

}  // namespace pi::client
