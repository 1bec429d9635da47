#include "scheduler/http/plain_page.h"

#include <optional>

#include "common/base/quantity.h"
#include "common/model/estimate.h"
#include "scheduler/http/html.h"

namespace pi::scheduler::http {
namespace {

enum class Column { kText, kNumber };

std::string cell(std::string_view text, Column column = Column::kText) {
  return (column == Column::kNumber ? "<td class=\"number\">" : "<td>") + escaped(text) + "</td>";
}

// A share of the whole in percent, rounded down: 100 % means all.
std::string percentText(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return std::to_string(static_cast<int>(share)) + " %";
}

std::string piText(const JobInfo& job) {
  std::optional<Estimate> found = estimate(job);
  return found ? knownText(*found) : "";
}

std::string jobRow(const JobInfo& job) {
  return "<tr>" + cell(std::to_string(number(job.id)), Column::kNumber) + cell(job.spec.name) +
         cell(job.spec.submitter) + cell(name(job.state)) +
         cell(countText(job.spec.samples), Column::kNumber) +
         cell(percentText(job.samplesCounted, job.spec.samples), Column::kNumber) +
         cell(piText(job)) + cell(rateText(job.samplesPerSecond), Column::kNumber) +
         cell(durationText(job.elapsed), Column::kNumber) + cell(job.reason) + "</tr>\n";
}

std::string workerRow(const WorkerInfo& worker) {
  const WorkerProfile& profile = worker.profile;
  return "<tr>" + cell(profile.name) + cell(profile.host) + cell(profile.batchJob) +
         cell(name(worker.state)) + cell(profile.kernel) +
         cell(std::to_string(profile.threads), Column::kNumber) +
         cell(rateText(worker.samplesPerSecond), Column::kNumber) +
         cell(countText(worker.samplesContributed), Column::kNumber) +
         cell(durationText(worker.sinceHeard), Column::kNumber) +
         cell(worker.timeLeft ? durationText(*worker.timeLeft) : "", Column::kNumber) +
         cell(worker.reason) + "</tr>\n";
}

// The line below a table that does not show all.
std::string restText(std::size_t shown, std::uint64_t all, std::string_view which,
                     std::string_view command) {
  if (all <= shown) return "";
  return "<p>These are " + std::string(which) + countText(shown) + " of " + countText(all) +
         "; the others: <code>" + escaped(command) + "</code></p>\n";
}

std::string jobsTable(const PlainView& view) {
  const StartCommands& commands = view.commands;
  std::string options = commands.clientOptions.empty() ? "" : " " + commands.clientOptions;
  if (view.jobs.empty()) {
    return "<p>No job was submitted yet. Submit one: <code>" +
           escaped(commands.client + " 1e12" + options) + "</code></p>\n";
  }
  std::string table =
      "<table>\n<tr><th class=\"number\">Job</th><th>Name</th><th>From</th><th>State</th>"
      "<th class=\"number\">Samples</th><th class=\"number\">Counted</th><th>Pi</th>"
      "<th class=\"number\">Rate</th><th class=\"number\">Time</th><th>Reason</th></tr>\n";
  for (const JobInfo& job : view.jobs) table += jobRow(job);
  return table + "</table>\n" +
         restText(view.jobs.size(), view.jobCount, "the newest ",
                  commands.client + " list" + options);
}

std::string workersTable(const PlainView& view) {
  const StartCommands& commands = view.commands;
  std::string options = commands.clientOptions.empty() ? "" : " " + commands.clientOptions;
  if (view.workers.empty()) {
    std::string text =
        "<p>No worker is here yet. Start one: <code>" + escaped(commands.worker) + "</code></p>\n";
    if (commands.batchJob.empty()) return text;
    return text + "<p>Or many, with Slurm: <code>" + escaped(commands.batchJob) + "</code></p>\n";
  }
  std::string table =
      "<table>\n<tr><th>Worker</th><th>Host</th><th>Batch job</th><th>State</th><th>Kernel</th>"
      "<th class=\"number\">Threads</th><th class=\"number\">Rate</th>"
      "<th class=\"number\">Samples</th><th class=\"number\">Last heard</th>"
      "<th class=\"number\">Time left</th><th>Reason</th></tr>\n";
  for (const WorkerInfo& worker : view.workers) table += workerRow(worker);
  return table + "</table>\n" +
         restText(view.workers.size(), view.workerCount, "",
                  commands.client + " workers" + options);
}

}  // namespace

std::string plainPage(const PlainView& view) {
  const SchedulerInfo& info = view.info;
  std::string body = "<h1>pi-scheduler on " + escaped(info.host) + "</h1>\n<p>Version " +
                     escaped(info.programVersion) + ", up for " +
                     escaped(durationText(info.uptime)) + "; " + countText(info.workers, "worker") +
                     " with " + countText(info.threads, "thread") + ", speed " +
                     rateText(info.samplesPerSecond) + "; " +
                     countText(info.unfinishedJobs, "unfinished job") + ".</p>\n";
  if (info.diskFailure) {
    body += "<p class=\"trouble\">Jobs cannot be saved: " + escaped(*info.diskFailure) + "</p>\n";
  }
  body += "<h2>Jobs</h2>\n" + jobsTable(view) + "<h2>Workers</h2>\n" + workersTable(view);
  return htmlDocument("pi on " + info.host, body, Refresh::kOften);
}

}  // namespace pi::scheduler::http
