#include "client/lasting_job.h"

#include <utility>

#include "client/failure.h"

namespace pi::client {

LastingJob::LastingJob(LastingLink& link, const JobSpec& spec)
    : link_(link), requestId_(newRequestId()), spec_(spec) {
  tellStake();
}

LastingJob::LastingJob(LastingLink& link, JobId id) : link_(link), id_(id) { tellStake(); }

std::string LastingJob::name() const {
  if (!id_) return "the job";
  if (*id_ == JobId{}) return "the last job";
  return "job " + std::to_string(number(*id_));
}

void LastingJob::tellStake() {
  if (!id_) {
    link_.setStake({.whenBack = "the job is submitted again when it is back",
                    .remedy = "then see with pi-client list whether it has the job"});
    return;
  }
  std::string word = *id_ == JobId{} ? "last" : std::to_string(number(*id_));
  link_.setStake({.whenBack = name() + " goes on when it is back",
                  .remedy = "then go on with pi-client wait " + word});
}

JobId LastingJob::submit() {
  link_.perform([this](net::ClientLink& link) {
    openOn(link);
    return Ending::kOver;
  });
  return *id_;
}

Followed LastingJob::follow(const Following& following) {
  Followed followed;
  followed.ending = link_.perform([&](net::ClientLink& link) {
    followed = client::follow(link, openOn(link).job, following);
    return followed.ending;
  });
  return followed;
}

OpenJob LastingJob::openOn(net::ClientLink& link) {
  if (id_ && spec_) return reopenOn(link);
  OpenJob job = id_ ? open(link, *id_) : client::submit(link, *spec_, requestId_);
  if (!spec_) spec_ = infoOf(link, job.job).spec;
  id_ = job.id;
  tellStake();
  link_.noteAnswer();
  return job;
}

// Its spec tells it from another job of the same id, as a scheduler with another state directory
// may have one.
OpenJob LastingJob::reopenOn(net::ClientLink& link) const {
  std::optional<OpenJob> job = find(link, *id_);
  if (job && infoOf(link, job->job).spec == *spec_) {
    link_.noteAnswer();
    return *std::move(job);
  }
  throw Failure(ExitCode::kFailed, "the scheduler that is there now does not know " + name() +
                                       "; see whether it was started with the same --state-dir");
}

JobInfo LastingJob::cancel(ExitCode code, const std::string& why) {
  std::string missed = name() + " was to be cancelled, because " + why + ", but ";
  std::string advice =
      id_ ? "; it may go on: pi-client cancel " + std::to_string(number(*id_)) + " ends it"
          : "; it goes on if it was taken: see pi-client list";
  net::ClientLink* link = link_.link();
  if (link == nullptr) throw Failure(code, missed + "the scheduler is lost" + advice);
  link->deadline = std::nullopt;  // Cancelling takes its own time.
  try {
    return id_ ? client::cancel(*link, *id_) : cancelSubmission(*link, *spec_, requestId_);
  } catch (const net::ConnectError& error) {
    throw Failure(code, missed + error.what() + advice);
  } catch (const kj::Exception& error) {
    throw Failure(code, missed + net::sentenceOf(error) + advice);
  }
}

}  // namespace pi::client
