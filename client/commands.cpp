#include "client/commands.h"

#include <kj/function.h>

#include <cstdio>
#include <string>
#include <vector>

#include "client/embedded.h"
#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/follow.h"
#include "client/render.h"
#include "client/render_json.h"
#include "common/net/random.h"
#include "common/net/wire.h"

namespace pi::client {
namespace {

constexpr std::size_t kRequestIdBytes = 16;

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

struct Submitted {
  JobId id{};
  wire::Job::Client job;
};

Submitted submitTo(net::KjLoop& loop, wire::ClientDesk::Client desk, const JobSpec& spec) {
  auto request = desk.submitRequest();
  net::toWire(spec, request.initSpec());
  std::string id = net::randomBytes(kRequestIdBytes);
  request.setRequestId(kj::StringPtr(id.c_str(), id.size()).asBytes());
  auto response = request.send().wait(loop.waitScope());
  if (response.hasRefusal()) {
    throw Failure(ExitCode::kFailed, response.getRefusal().getSentence().cStr());
  }
  return {.id = JobId{response.getId()}, .job = response.getJob()};
}

Submitted open(net::KjLoop& loop, wire::ClientDesk::Client desk, JobId id) {
  auto request = desk.openRequest();
  request.setId(number(id));
  auto response = request.send().wait(loop.waitScope());
  if (response.hasRefusal()) {
    throw Failure(ExitCode::kFailed, response.getRefusal().getSentence().cStr());
  }
  return {.id = JobId{response.getId()}, .job = response.getJob()};
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

ExitCode runOn(net::KjLoop& loop, wire::ClientDesk::Client desk, const command::Run& run,
               Output output) {
  Submitted submitted = submitTo(loop, desk, run.spec);
  Followed followed =
      follow(loop, submitted.job, {.progress = run.progress, .timeout = run.timeout});
  if (followed.ending == Ending::kOver) {
    printResult(followed.job, output);
    return exitCodeOf(followed.job);
  }
  JobInfo job = cancel(loop, submitted.job);
  if (isOver(job.state) && job.state != JobState::kCancelled) {  // It was over at that very moment.
    printResult(job, output);
    return exitCodeOf(job);
  }
  bool isTimeout = followed.ending == Ending::kTimedOut;
  throw Failure(isTimeout ? ExitCode::kTimedOut : ExitCode::kInterrupted,
                "job " + std::to_string(number(submitted.id)) + " was cancelled, " +
                    percentText(job) + " done, because " +
                    (isTimeout ? "its time was up" : "of an interrupt"));
}

}  // namespace

ExitCode perform(const command::Run& run, const Options& options) {
  net::KjLoop loop;
  std::optional<Whereabouts> whereabouts;
  if (!run.local) whereabouts = findScheduler(options);
  if (whereabouts) {
    if (run.threads != 0) {
      throw Failure(ExitCode::kUsage,
                    "--threads is for local runs, and this one goes to the scheduler of " +
                        whereabouts->source + "; add --local or leave --threads out");
    }
    net::ClientLink link = connect(loop, *whereabouts);
    return runOn(loop, link.desk, run, options.output);
  }
  EmbeddedCluster cluster(loop, run.threads);
  if (run.progress) {
    std::string why = run.local ? "" : "no scheduler found: ";
    std::fprintf(stderr, "%scomputing on this machine's own %u threads\n", why.c_str(),
                 cluster.threads());
  }
  net::ClientLink link = cluster.enter(loop);
  return runOn(loop, link.desk, run, options.output);
}

ExitCode perform(const command::Submit& submit, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  Submitted submitted = submitTo(loop, link.desk, submit.spec);
  print(options.output == Output::kJson ? submitJson(submitted.id) : submitText(submitted.id));
  return ExitCode::kDone;
}

ExitCode perform(const command::List& /*list*/, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  auto response = link.desk.listRequest().send().wait(loop.waitScope());
  std::vector<JobInfo> jobs;
  for (wire::JobInfo::Reader job : response.getJobs()) jobs.push_back(net::fromWire(job));
  print(options.output == Output::kJson ? listJson(jobs) : listText(jobs));
  return ExitCode::kDone;
}

ExitCode perform(const command::Status& status, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  Submitted opened = open(loop, link.desk, status.job);
  auto response = opened.job.infoRequest().send().wait(loop.waitScope());
  JobInfo job = net::fromWire(response.getInfo());
  print(options.output == Output::kJson ? jobJson(job) : statusText(job));
  return ExitCode::kDone;
}

ExitCode perform(const command::Wait& wait, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectTo(loop, options);
  Submitted opened = open(loop, link.desk, wait.job);
  Followed followed =
      follow(loop, opened.job, {.progress = wait.progress, .timeout = wait.timeout});
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
  Submitted opened = open(loop, link.desk, cancelled.job);
  JobInfo job = cancel(loop, opened.job);
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
  auto response = link.desk.workersRequest().send().wait(loop.waitScope());
  std::vector<WorkerInfo> workers;
  for (wire::WorkerInfo::Reader worker : response.getWorkers()) {
    workers.push_back(net::fromWire(worker));
  }
  print(options.output == Output::kJson ? workersJson(workers) : workersText(workers));
  return ExitCode::kDone;
}

}  // namespace pi::client
