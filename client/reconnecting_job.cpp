#include "client/reconnecting_job.h"

#include <kj/exception.h>
#include <unistd.h>

#include <utility>

#include "client/failure.h"
#include "common/net/transport/connect_error.h"

namespace pi::client {

ReconnectingJob::ReconnectingJob(ReconnectingLink& link, const JobSpec& spec)
    : link_(link), spec_(spec), requestId_(newRequestId()) {
  updateLossAdvice();
}

ReconnectingJob::ReconnectingJob(ReconnectingLink& link, const JobKey& key)
    : link_(link), id_(key.id), uid_(key.uid) {
  updateLossAdvice();
}

ReconnectingJob::ReconnectingJob(ReconnectingLink& link, const JobExtension& extension)
    : link_(link),
      extension_(extension),
      requestId_(newRequestId()),
      id_(extension.key.id),
      uid_(extension.key.uid) {
  updateLossAdvice();
}

std::string ReconnectingJob::name() const {
  if (!id_) return "the job";
  return "job " + std::to_string(number(*id_));
}

void ReconnectingJob::updateLossAdvice() {
  if (!id_) {
    link_.setLossAdvice({.whenBack = "the job is submitted again",
                         .remedy = "check with pi-client list whether the job was submitted"});
    return;
  }
  if (extension_) {
    link_.setLossAdvice({.whenBack = name() + " is extended again",
                         .remedy = "give the command again: nothing is computed twice"});
    return;
  }
  link_.setLossAdvice({.whenBack = name() + " continues",
                       .remedy = "continue with pi-client wait " + std::to_string(number(*id_))});
}

JobId ReconnectingJob::submit() {
  link_.run([this](net::ClientLink& link) {
    openOn(link);
    return Outcome::kDone;
  });
  return *id_;
}

FollowResult ReconnectingJob::follow(const Wait& wait) {
  Progress progress(progressStyleOf(STDERR_FILENO));
  FollowOptions options{.interruption = wait.interruption,
                        .progress = wait.showsProgress ? &progress : nullptr,
                        .silenceMax = link_.limits().silence};
  FollowResult result;
  result.outcome = link_.run([&](net::ClientLink& link) {
    result = client::follow(link, openOn(link).job, options);
    return result.outcome;
  });
  return result;
}

OpenJob ReconnectingJob::openOn(net::ClientLink& link) {
  std::optional<OpenJob> job;
  if (extension_) {
    job = extendJob(link, *extension_, requestId_);
    extension_.reset();
  } else if (id_) {
    job = findJob(link, {.id = *id_, .uid = uid_});
  } else {
    job = submitJob(link, *spec_, requestId_);
  }
  if (!job) {
    // Another state directory, or an older copy of this one.
    bool isReused = findJob(link, {.id = *id_}).has_value();
    throw Failure(ExitCode::kFailed, "the scheduler that runs now does not know " + name() +
                                         (isReused ? ", and its number is another job now" : "") +
                                         "; check that it was started with the same --state-dir");
  }
  id_ = job->id;
  KJ_IF_MAYBE (announce, announce_) {
    (*announce)(*id_);
    announce_ = nullptr;
  }
  uid_ = job->uid;
  updateLossAdvice();
  link_.noteAnswer();
  return *std::move(job);
}

JobInfo ReconnectingJob::cancel(ExitCode code, const std::string& reason) {
  std::string failed = reason + "; " + name() + " could not be cancelled: ";
  std::string advice =
      id_ ? "; it may still run: cancel it with pi-client cancel " + std::to_string(number(*id_))
          : "; it may have been submitted: check with pi-client list";
  net::ClientLink* link = link_.link();
  if (link == nullptr) throw Failure(code, failed + "the scheduler is lost" + advice);
  link->deadline = std::nullopt;  // The timeout is over; the cancellation has its own.
  try {
    if (!id_) return cancelSubmission(*link, *spec_, requestId_, reason).job;
    return cancelJob(*link, {.id = *id_, .uid = uid_}, reason).job;
  } catch (const net::ConnectError& error) {
    throw Failure(code, failed + error.what() + advice);
  } catch (const kj::Exception& error) {
    // An error that the scheduler itself answered says what became of the job.
    if (!net::isLost(error)) throw Failure(code, reason + "; " + net::sentenceOf(error));
    throw Failure(code, failed + "the scheduler is lost" + advice);
  }
}

}  // namespace pi::client
