#include "client/report/page.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "client/render.h"
#include "client/report/plots.h"
#include "client/svg.h"
#include "common/base/calendar.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/base/text_width.h"
#include "common/model/epoch.h"
#include "common/model/estimate.h"

namespace pi::client {
namespace {

using svg::escaped;

// So many rows of the table of workers fit on the second page.
constexpr std::size_t kWorkersShown = 20;

constexpr std::string_view kStyle =
    "@page { size: A4; margin: 14mm }\n"
    "body { font: 14px/1.45 system-ui, sans-serif; color: #1b1b1b; max-width: 760px; "
    "margin: 24px auto; padding: 0 16px; font-variant-numeric: tabular-nums }\n"
    "h1 { font-size: 34px; margin: 0 } h2 { font-size: 17px; margin: 18px 0 6px }\n"
    "p { margin: 4px 0 } .quiet { color: #555 }\n"
    "pre { font: 13px/1.4 ui-monospace, monospace; white-space: pre-wrap; "
    "overflow-wrap: anywhere; background: #f4f4f2; padding: 8px 12px; margin: 6px 0 }\n"
    "table { border-collapse: collapse; width: 100% } th { text-align: left }\n"
    "th, td { padding: 2px 8px 2px 0; border-bottom: 1px solid #ddd; overflow-wrap: anywhere }\n"
    "td.number, th.number { text-align: right; white-space: nowrap }\n"
    "svg { width: 100% } svg text { font-size: 12px; fill: #333 }\n"
    ".grid { stroke: #ddd } .path { fill: none; stroke: #1d4ed8; stroke-width: 1.5 }\n"
    ".law { fill: none; stroke: #b45309; stroke-width: 1.5; stroke-dasharray: 6 4 }\n"
    ".band { fill: #cfe0f5 } .key.band { stroke: #cfe0f5; stroke-width: 10 }\n"
    ".rate { fill: #7fa8d9 }\n"
    // On paper the worst case must fit: a row of a table is one line.
    "@media print { body { margin: 0; padding: 0; max-width: none; font-size: 11px; "
    "line-height: 1.35 } h1 { font-size: 26px } h2 { font-size: 13px; margin: 8px 0 3px } "
    "p { margin: 2px 0 } pre { font-size: 10px; line-height: 1.3; padding: 4px 8px; "
    "margin: 3px 0 } svg { max-height: 62mm } .second { break-before: page } "
    "th, td { font-size: 10px; line-height: 1.3; padding: 1px 6px 1px 0; white-space: nowrap; "
    "max-width: 34mm; overflow: hidden; text-overflow: ellipsis } "
    "svg, table, pre { break-inside: avoid } "
    "* { print-color-adjust: exact; -webkit-print-color-adjust: exact } }\n";

std::string paragraph(const std::string& text) { return "<p>" + escaped(text) + "</p>\n"; }

std::string section(std::string_view title, const std::string& content) {
  return content.empty() ? "" : fmt::format("<h2>{}</h2>\n", title) + content;
}

// A text of a worker, for one line of a table.
std::string cellOf(std::string_view text) {
  constexpr std::size_t kWidest = 28;
  std::string whole = printable(text);
  if (whole.empty()) return "-";
  return columnsOf(whole) <= kWidest ? whole : cutTo(whole, kWidest - 1) + "…";
}

using Row = std::vector<std::string>;

// The cells from column `numbersFrom` on are numbers.
std::string table(const Row& titles, const std::vector<Row>& rows, std::size_t numbersFrom) {
  auto rowOf = [numbersFrom](const Row& cells, std::string_view element) {
    std::string html = "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      html += fmt::format("<{0}{1}>{2}</{0}>", element, i < numbersFrom ? "" : " class=\"number\"",
                          escaped(cells[i]));
    }
    return html + "</tr>\n";
  };
  std::string html = "<table>\n" + rowOf(titles, "th");
  for (const Row& row : rows) html += rowOf(row, "td");
  return html + "</table>\n";
}

std::string titleOf(const JobInfo& job) {
  std::string title = "Job " + std::to_string(number(job.id));
  return job.spec.name.empty() ? title : title + " \"" + printable(job.spec.name) + "\"";
}

std::string headline(const JobInfo& job) {
  std::optional<Estimate> found = estimate(job);
  std::string html =
      "<h1>" + (found ? "π = " + escaped(knownText(*found)) : "π is unknown") + "</h1>\n";
  std::string about = titleOf(job) + ", " + std::string(name(job.state));
  if (std::optional<WallTime> on = submissionOf(job)) {
    about += ", submitted " + calendarText(*on);
    if (!job.spec.submitter.empty()) about += " by " + printable(job.spec.submitter);
  }
  return html + "<p class=\"quiet\">" + escaped(about) + "</p>\n";
}

using Tracks = std::map<WorkerId, const WorkerTrackInfo*>;

Tracks tracksById(const JobPast& past) {
  Tracks tracks;
  for (const WorkerTrackInfo& track : past.tracks) tracks[track.worker] = &track;
  return tracks;
}

std::string moreWorkers(std::uint64_t workers, std::uint64_t samples) {
  if (workers == 0) return "";
  return paragraph("and " + countText(workers, "more worker") + " with " +
                   countText(samples, "sample"));
}

// By what the scheduler saved, so earlier schedulers' workers are in it.
std::string auditedTable(const JobAudit& audit, const Tracks& tracks) {
  std::vector<AuditedWorker> workers = audit.workers;
  std::ranges::stable_sort(workers, std::ranges::greater{}, &AuditedWorker::samples);
  std::vector<Row> rows;
  std::uint64_t left = audit.counted - std::min(audit.counted, audit.samplesOfSeveral);
  for (const AuditedWorker& worker : workers) {
    if (rows.size() == kWorkersShown) break;
    auto known = tracks.find(worker.worker);
    rows.push_back({toText(worker.worker), worker.name.empty() ? "forgotten" : cellOf(worker.name),
                    cellOf(worker.host),
                    known == tracks.end() ? "-" : cellOf(known->second->profile.kernel),
                    countText(worker.share.threads), countText(worker.share.leases),
                    countText(worker.share.secondLeases), countText(worker.samples)});
    left -= std::min(left, worker.samples);
  }
  return table({"worker", "name", "host", "kernel", "threads", "leases", "also lent to others",
                "samples counted"},
               rows, 4) +
         moreWorkers(workers.size() - rows.size() + audit.workersLeftOut, left);
}

// Whether the audit lists the workers: it knows more of them than this scheduler remembers.
bool listsWorkers(const JobPast& past) { return past.audit && !past.audit->workers.empty(); }

std::string workersTable(const JobPast& past) {
  Tracks tracks = tracksById(past);
  if (listsWorkers(past)) return auditedTable(*past.audit, tracks);
  std::vector<std::pair<WorkerId, LeaseStatistics::Share>> shares(past.leases.workers().begin(),
                                                                  past.leases.workers().end());
  std::ranges::stable_sort(shares, std::ranges::greater{},
                           [](const auto& each) { return each.second.counted; });
  std::vector<Row> rows;
  std::uint64_t left = 0;
  for (const auto& [worker, share] : shares) {
    if (rows.size() == kWorkersShown) {
      left += share.counted;
      continue;
    }
    auto known = tracks.find(worker);
    const WorkerProfile* profile = known == tracks.end() ? nullptr : &known->second->profile;
    rows.push_back({toText(worker), profile ? cellOf(profile->name) : "forgotten",
                    profile ? cellOf(profile->host) : "-", profile ? cellOf(profile->kernel) : "-",
                    profile ? countText(profile->threads) : "-", countText(share.leases),
                    countText(share.lost), countText(share.counted)});
  }
  if (rows.empty()) return "";
  return table({"worker", "name", "host", "kernel", "threads", "leases", "lost", "samples counted"},
               rows, 4) +
         moreWorkers(shares.size() - rows.size(), left);
}

std::string leasesTable(const LeaseStatistics& leases) {
  if (leases.leases() == 0) return "";
  std::vector<Row> rows;
  for (std::size_t i = 0; i < kLeaseOutcomes; ++i) {
    auto outcome = static_cast<LeaseOutcome>(i);
    const LeaseStatistics::Sum& sum = leases.of(outcome);
    if (sum.leases == 0) continue;
    rows.push_back({std::string(name(outcome)), countText(sum.leases), countText(sum.counted)});
  }
  std::string html = table({"end", "leases", "samples counted"}, rows, 1);
  if (auto times = leases.times()) {
    html += paragraph(fmt::format(
        "From lending to the end, of the leases that are done: {} at "
        "least, {} in the middle, {} at most.",
        durationText(times->shortest), durationText(times->median), durationText(times->longest)));
  }
  return html;
}

std::string unknownText(const JobPast& past) {
  std::string html;
  auto samples = [](std::uint64_t count) { return countText(count, "sample"); };
  if (past.restored > 0) {
    WallTime start = past.scheduler.wallNow - past.scheduler.uptime;
    std::string_view lost = listsWorkers(past)
                                ? "How fast, and how their leases ended, is not known any more: "
                                  "the throughput and the leases begin with this scheduler, at "
                                : "Which workers computed them, and how fast, is not known any "
                                  "more: the throughput, the workers and the leases begin with "
                                  "this scheduler, at ";
    html += paragraph("An earlier scheduler counted " + samples(past.restored) + ". " +
                      std::string(lost) + calendarText(start) + ".");
  }
  if (listsWorkers(past) && past.audit->samplesOfSeveral > 0) {
    html += paragraph("Which workers computed " + samples(past.audit->samplesOfSeveral) +
                      " is not known any more.");
  }
  if (past.forgotten > 0) {
    html += paragraph("The leases of " + samples(past.forgotten) +
                      " are not known any more: the scheduler remembers the last leases of each "
                      "worker.");
  }
  auto isCorrected = [](const ConvergencePoint& point) { return point.isCorrected; };
  if (std::ranges::any_of(past.points, isCorrected)) {
    html += paragraph("The convergence has a gap: at one time counts were replaced.");
  }
  return html;
}

std::string auditSection(const JobPast& past) {
  if (!past.audit) {
    return past.notAudited.empty() ? "" : paragraph("There is no audit: " + past.notAudited + ".");
  }
  std::string verdict = verdictText(*past.audit);
  verdict.front() = 'J';
  return paragraph(verdict + ". This is by what the scheduler saved.") + "<pre>sha256 " +
         escaped(past.auditHash) + "</pre>\n";
}

std::string reproduction(const JobInfo& job) {
  const JobSpec& spec = job.spec;
  if (job.state != JobState::kFinished) {
    return paragraph("The job is not finished, so no command computes the same samples.");
  }
  std::string command =
      fmt::format("pi-client run {} {} --seed {} --sampler {}", countText(spec.samples),
                  countText(spec.chunkSize), spec.stream.seed, name(spec.stream.sampler));
  std::string html = "<pre>" + escaped(command) + "</pre>\n" +
                     paragraph(fmt::format("finds the same {} on every machine, with programs of "
                                           "stream version {}.",
                                           countText(job.hits.total(), "hit"), job.streamVersion));
  if (spec.targetError <= 0) return html;
  return html + paragraph(
                    "This job had a target error, so the error above is larger by an "
                    "allowance for the choice of its end; the digits are the same.");
}

std::string versions(const JobPast& past) {
  const SchedulerInfo& scheduler = past.scheduler;
  return paragraph(fmt::format("Scheduler {} ({}) on {}, client {}, stream version {}. Written {}.",
                               printable(scheduler.programVersion), printable(scheduler.gitCommit),
                               printable(scheduler.host), past.clientVersion,
                               past.job.streamVersion, calendarText(scheduler.wallNow)));
}

}  // namespace

std::string reportPage(const JobPast& past) {
  const JobInfo& job = past.job;
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" +
      escaped(titleOf(job)) + "</title>\n<style>\n" + std::string(kStyle) +
      "</style>\n</head>\n<body>\n";
  html += headline(job) + "<pre>" + escaped(statusText(job)) + "</pre>\n";
  html += section("Convergence", convergencePlot(job.spec, past.points));
  html += section("Throughput in samples per second", throughputPlot(past.throughput));
  html += "<div class=\"second\">\n";
  html += section("Workers", workersTable(past));
  html += section("Leases", leasesTable(past.leases));
  html += section("Not known any more", unknownText(past));
  html += section("Audit", auditSection(past));
  html += section("To compute it again", reproduction(job));
  html += section("Versions", versions(past));
  return html + "</div>\n</body>\n</html>\n";
}

}  // namespace pi::client
