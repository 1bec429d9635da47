#include "client/commands.h"

#include <string>
#include <vector>

#include "client/failure.h"
#include "client/find_scheduler.h"
#include "client/job_calls.h"
#include "client/output.h"
#include "client/reconnecting_job.h"
#include "client/reconnecting_link.h"
#include "client/submitter.h"
#include "client/warnings.h"
#include "common/json/documents.h"
#include "common/wire/wire.h"

namespace pi::client {

ExitCode run(const command::Submit& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink first = connectToScheduler(loop, options);
  warnOfYears(command.spec, first);
  ReconnectingLink link(kj::mv(first), reconnectBy(loop, options));
  ReconnectingJob job(link, submittedByUser(command.spec));
  JobId id = job.submit();
  try {
    print(options.output == Output::kJson ? jsonLine(submissionObject(id, job.uid()))
                                          : submitText(id));
  } catch (const Failure& failure) {  // The user must still learn the id.
    throw Failure(failure.code(), job.name() + " was submitted, but " + failure.what() +
                                      "; follow it with pi-client wait " +
                                      std::to_string(number(id)));
  }
  return ExitCode::kDone;
}

ExitCode run(const command::List& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  std::vector<JobInfo> jobs = listJobs(link, {.states = command.states, .limit = command.limit});
  if (options.output == Output::kText && jobs.empty() && !command.states.empty()) {
    std::string states;
    for (JobState state : command.states) {
      states += (states.empty() ? "" : " or ") + std::string(name(state));
    }
    print("no job is " + states + "; pi-client list shows all\n");
    return ExitCode::kDone;
  }
  print(options.output == Output::kJson ? jsonLine(jobListObject(jobs))
                                        : listText(jobs, styleOfStdout(command.wide)));
  return ExitCode::kDone;
}

ExitCode run(const command::Status& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  JobInfo job = infoOf(link, openJob(link, command.job).job);
  print(options.output == Output::kJson ? jsonLine(jobObject(job))
                                        : statusText(job, styleOfStdout()));
  return ExitCode::kDone;
}

ExitCode run(const command::Workers& command, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  std::vector<WorkerInfo> workers = listWorkers(link);
  print(options.output == Output::kJson ? jsonLine(workerListObject(workers))
                                        : workersText(workers, styleOfStdout(command.wide)));
  return ExitCode::kDone;
}

ExitCode run(const command::Info& /*command*/, const Options& options) {
  net::KjLoop loop;
  net::ClientLink link = connectToScheduler(loop, options);
  SchedulerInfo info = describeScheduler(link);
  print(options.output == Output::kJson ? jsonLine(infoObject(info)) : infoText(info));
  return ExitCode::kDone;
}

}  // namespace pi::client
