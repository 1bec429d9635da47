#include "scheduler/http/plain_page.h"

#include <optional>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/estimate.h"

namespace pi::scheduler::http {
namespace {

constexpr std::string_view kStyle = R"(:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 90rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
td.number, th.number { text-align: right; }
code { user-select: all; }
.trouble { font-weight: bold; }
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

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
  return found ? std::string(knownDigits(*found).pi) : "";
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
         cell(durationText(worker.sinceHeard), Column::kNumber) + cell(worker.reason) + "</tr>\n";
}

std::string jobsTable(std::span<const JobInfo> jobs) {
  if (jobs.empty()) {
    return "<p>No job was submitted yet. Submit one: <code>pi-client 1e12</code></p>\n";
  }
  std::string table =
      "<table>\n<tr><th class=\"number\">Job</th><th>Name</th><th>From</th><th>State</th>"
      "<th class=\"number\">Samples</th><th class=\"number\">Counted</th><th>Pi</th>"
      "<th class=\"number\">Rate</th><th class=\"number\">Time</th><th>Reason</th></tr>\n";
  for (const JobInfo& job : jobs) table += jobRow(job);
  return table + "</table>\n";
}

std::string workersTable(std::span<const WorkerInfo> workers) {
  if (workers.empty()) {
    return "<p>No worker is here yet. Start one: <code>pi-worker</code></p>\n";
  }
  std::string table =
      "<table>\n<tr><th>Worker</th><th>Host</th><th>Batch job</th><th>State</th><th>Kernel</th>"
      "<th class=\"number\">Threads</th><th class=\"number\">Rate</th>"
      "<th class=\"number\">Samples</th><th class=\"number\">Last heard</th><th>Reason</th>"
      "</tr>\n";
  for (const WorkerInfo& worker : workers) table += workerRow(worker);
  return table + "</table>\n";
}

}  // namespace

std::string plainPage(const SchedulerInfo& info, std::span<const JobInfo> jobs,
                      std::span<const WorkerInfo> workers) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"refresh\" content=\"5\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<title>pi on " +
      escaped(info.host) +
      "</title>\n<link rel=\"stylesheet\" href=\"plain.css\">\n</head>\n<body>\n<h1>pi-scheduler "
      "on " +
      escaped(info.host) + "</h1>\n<p>Version " + escaped(info.programVersion) + ", up for " +
      escaped(durationText(info.uptime)) + "; " + countText(info.workers, "worker") + " with " +
      countText(info.threads, "thread") + ", " + rateText(info.samplesPerSecond) + "; " +
      countText(info.unfinishedJobs, "unfinished job") + ".</p>\n";
  if (info.diskFailure) {
    page += "<p class=\"trouble\">Jobs cannot be saved: " + escaped(*info.diskFailure) + "</p>\n";
  }
  page += "<h2>Jobs</h2>\n" + jobsTable(jobs) + "<h2>Workers</h2>\n" + workersTable(workers);
  return page + "</body>\n</html>\n";
}

std::string_view plainPageStyle() { return kStyle; }

}  // namespace pi::scheduler::http
