#include "client/commands.h"

#include <kj/function.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "client/embedded.h"
#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/follow.h"
#include "client/render.h"
#include "client/render_json.h"
#include "common/base/printable.h"
#include "common/net/clock.h"
#include "common/net/random.h"
#include "common/net/wire.h"

namespace pi::client {
namespace {

constexpr std::size_t kRequestIdBytes = 16;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  // Whoever closed the pipe has seen enough; a result that cannot be written is another matter.
  if (std::fflush(stdout) == 0 || errno == EPIPE) return;
  throw Failure(ExitCode::kFailed,
                "the result cannot be written: " + std::string(std::strerror(errno)) +
                    "; see where the output goes");
}

// When a command that was given so long has to be over; zero: whenever.
std::optional<Instant> deadlineOf(Duration timeout) {
  if (timeout == Duration::zero()) return std::nullopt;
  return net::now() + timeout;
}

struct Submitted {
  JobId id{};
  wire::Job::Client job;
};

[[noreturn]] void fail(wire::Refusal::Reader refusal) {
  throw Failure(ExitCode::kFailed, printable(refusal.getSentence().cStr()));
}

Submitted submitTo(net::ClientLink& link, const JobSpec& spec) {
  auto request = link.desk.submitRequest();
  net::toWire(spec, request.initSpec());
  std::string id = net::randomBytes(kRequestIdBytes);
  request.setRequestId(kj::StringPtr(id.c_str(), id.size()).asBytes());
  auto response = link.answer(request.send());
  if (response.hasRefusal()) fail(response.getRefusal());
  return {.id = JobId{response.getId()}, .job = response.getJob()};
}

Submitted open(net::ClientLink& link, JobId id) {
  auto request = link.desk.openRequest();
  request.setId(number(id));
  auto response = link.answer(request.send());
  if (response.hasRefusal()) fail(response.getRefusal());
  return {.id = JobId{response.getId()}, .job = response.getJob()};
}

// Its last state.
JobInfo cancel(const net::ClientLink& link, wire::Job::Client job) {
  return net::fromWire(link.answer(job.cancelRequest().send()).getInfo());
}

void printResult(const JobInfo& job, Output output) {
  switch (output) {
    case Output::kText:
      return print(resultText(job));
    case Output::kJson:
      return print(jobJson(job));
    case Output::kQuiet:
      return print(quietText(job));
  }
}

ExitCode exitCodeOf(const JobInfo& job) {
  return job.state == JobState::kFinished ? ExitCode::kDone : ExitCode::kFailed;
}

ExitCode runOn(net::ClientLink& link, const command::Run& run, Output output) {
  Interruption interruption(link.loop);  // First: a job that nobody waits for is not left behind.
  Submitted submitted = submitTo(link, run.spec);
  Followed followed = follow(link, submitted.job, interruption, run.progress);
  if (followed.ending == Ending::kOver) {
    printResult(followed.job, output);
    return exitCodeOf(followed.job);
  }
  bool isTimeout = followed.ending == Ending::kTimedOut;
  ExitCode code = isTimeout ? ExitCode::kTimedOut : ExitCode::kInterrupted;
  std::string why = isTimeout ? "its time was up" : "of an interrupt";
  std::string name = "job " + std::to_string(number(submitted.id));
  link.deadline = std::nullopt;  // Cancelling takes its own time.
  JobInfo job;
  try {
    job = cancel(link, submitted.job);
  } catch (const net::LinkError& error) {
    throw Failure(code, name + " was to be cancelled, because " + why + ", but " + error.what());
  }
  if (isOver(job.state) && job.state != JobState::kCancelled) {  // It was over at that very moment.
    printResult(job, output);
    return exitCodeOf(job);
  }
  throw Failure(code, name + " was cancelled, " + percentText(job) + " done, because " + why);
}

}  // namespace

ExitCode perform(const command::Run& run, const Options& options) {
  std::optional<Instant> deadline = deadlineOf(run.timeout);
  net::KjLoop loop;
  std::optional<Whereabouts> whereabouts;
  if (!run.local) whereabouts = findScheduler(options);
  if (whereabouts) {
    if (run.threads != 0) {
      throw Failure(ExitCode::kUsage,
                    "--threads is for local runs, and this one goes to the scheduler of " +
                        whereabouts->source + "; add --local or leave --threads out");
    }
    net::ClientLink link = connect(loop, *whereabouts, deadline);
    return runOn(link, run, options.output);
  }
  EmbeddedCluster cluster(loop, run.threads);
  if (run.progress) {
    std::string why = run.local ? "" : "no scheduler found: ";
    std::fprintf(stderr, "%scomputing on this machine's own %u threads\n", why.c_str(),
                 cluster.threads());
  }
  net::ClientLink link = cluster.enter(loop, deadline);
  return runOn(link, run, options.output);
}

ExitCode perform(const command::Submit& submit, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  Submitted submitted = submitTo(link, submit.spec);
  print(options.output == Output::kJson ? submitJson(submitted.id) : submitText(submitted.id));
  return ExitCode::kDone;
}

ExitCode perform(const command::List& /*list*/, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  auto response = link.answer(link.desk.listRequest().send());
  std::vector<JobInfo> jobs;
  for (wire::JobInfo::Reader job : response.getJobs()) jobs.push_back(net::fromWire(job));
  print(options.output == Output::kJson ? listJson(jobs) : listText(jobs));
  return ExitCode::kDone;
}

ExitCode perform(const command::Status& status, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  Submitted opened = open(link, status.job);
  auto response = link.answer(opened.job.infoRequest().send());
  JobInfo job = net::fromWire(response.getInfo());
  print(options.output == Output::kJson ? jobJson(job) : statusText(job));
  return ExitCode::kDone;
}

ExitCode perform(const command::Wait& wait, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options, deadlineOf(wait.timeout));
  Submitted opened = open(link, wait.job);
  Interruption interruption(loop);
  Followed followed = follow(link, opened.job, interruption, wait.progress);
  std::string goesOn = "; job " + std::to_string(number(opened.id)) + " goes on";
  switch (followed.ending) {
    case Ending::kTimedOut:
      throw Failure(ExitCode::kTimedOut, "the time was up" + goesOn);
    case Ending::kInterrupted:
      throw Failure(ExitCode::kInterrupted, "interrupted" + goesOn);
    case Ending::kOver:
      break;
  }
  printResult(followed.job, options.output);
  return exitCodeOf(followed.job);
}

ExitCode perform(const command::Cancel& cancelled, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  Submitted opened = open(link, cancelled.job);
  JobInfo job = cancel(link, opened.job);
  if (job.state != JobState::kCancelled) {
    throw Failure(ExitCode::kFailed, "job " + std::to_string(number(job.id)) + " is " +
                                         std::string(name(job.state)) + " already");
  }
  print("job " + std::to_string(number(job.id)) + " cancelled, " + percentText(job) + " done\n");
  return ExitCode::kDone;
}

ExitCode perform(const command::Workers& /*workers*/, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  auto response = link.answer(link.desk.workersRequest().send());
  std::vector<WorkerInfo> workers;
  for (wire::WorkerInfo::Reader worker : response.getWorkers()) {
    workers.push_back(net::fromWire(worker));
  }
  print(options.output == Output::kJson ? workersJson(workers) : workersText(workers));
  return ExitCode::kDone;
}

}  // namespace pi::client
