#include "client/render.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/model/epoch.h"
#include "common/model/estimate.h"

namespace pi::client {
namespace {

std::string plural(std::uint64_t count, std::string_view thing) {
  return countText(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::string line(std::string_view label, const std::string& text) {
  constexpr std::size_t kTextColumn = 10;
  std::string padded(label);
  padded.resize(kTextColumn, ' ');
  return padded + text + "\n";
}

// "finished", or "cancelled: REASON".
std::string stateText(const JobInfo& job) {
  std::string text(name(job.state));
  return job.reason.empty() ? text : text + ": " + printable(job.reason);
}

std::string estimateLines(const JobInfo& job) {
  std::optional<Estimate> found = estimate(job);
  if (!found) return "pi is unknown: no sample is counted\n";
  // The ends of the interval, with the decimals that the error supports.
  Estimate low = *found;
  Estimate high = *found;
  low.pi = found->low;
  high.pi = found->high;
  return "pi = " + knownText(*found) + "\n" +
         line("95 %", knownDigits(low).pi + " to " + knownDigits(high).pi);
}

std::string specLines(const JobInfo& job) {
  const JobSpec& spec = job.spec;
  return line("samples", countText(spec.samples) + " in " + plural(spec.chunks(), "chunk") +
                             " of " + countText(spec.chunkSize)) +
         line("stream", std::string(name(spec.stream.sampler)) + ", seed " +
                            std::to_string(spec.stream.seed));
}

std::string workerLines(const JobInfo& job) {
  std::string text =
      line("workers", plural(job.workers, "worker") + " with " + plural(job.threads, "thread"));
  if (job.duplicatesDropped > 0) {
    text += line("dropped", plural(job.duplicatesDropped, "sample") + " computed twice");
  }
  return text;
}

std::string countedLine(const JobInfo& job) {
  return line("counted", percentText(job) + ", " + plural(job.samplesCounted, "sample") + ", " +
                             plural(job.chunksCounted, "chunk"));
}

using Row = std::vector<std::string>;

// Each column is as wide as its widest cell, with two blanks between columns.
std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columnsOf(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells += row[i] + std::string(widths[i] - columnsOf(row[i]) + 2, ' ');
    }
    cells.erase(cells.find_last_not_of(' ') + 1);
    text += cells + "\n";
  }
  return text;
}

}  // namespace

std::string percentText(const JobInfo& job) {
  std::uint64_t tenths = 1000;
  if (job.samplesCounted < job.spec.samples) {
    double share = static_cast<double>(job.samplesCounted) / static_cast<double>(job.spec.samples);
    tenths = std::min<std::uint64_t>(static_cast<std::uint64_t>(share * 1000), 999);
  }
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string resultText(const JobInfo& job) {
  std::string text =
      estimateLines(job) + line("job", std::to_string(number(job.id)) + ", " + stateText(job));
  text += specLines(job);
  if (job.state != JobState::kFinished) text += countedLine(job);
  return text + line("hits", countText(job.hits.total())) +
         line("time", durationText(job.elapsed) + ", " + rateText(meanRate(job))) +
         workerLines(job);
}

std::string quietText(const JobInfo& job) {
  std::optional<Estimate> found = estimate(job);
  return found ? knownDigits(*found).pi + "\n" : "unknown\n";
}

std::string statusText(const JobInfo& job) {
  if (isOver(job.state)) return resultText(job);
  std::string text = line("job", std::to_string(number(job.id)) + ", " + stateText(job)) +
                     specLines(job) + countedLine(job);
  if (job.samplesCounted > 0) text += estimateLines(job);
  text += line("time", durationText(job.elapsed) + " so far, " + rateText(job.samplesPerSecond));
  if (job.workersNow == 0) return text + line("workers", "none now: waiting for workers");
  return text + line("workers", countText(job.workersNow) + " connected now");
}

std::string submitText(JobId job) { return std::to_string(number(job)) + "\n"; }

std::string listText(std::span<const JobInfo> jobs) {
  if (jobs.empty()) return "no jobs yet; submit one with pi-client submit SAMPLES\n";
  std::vector<Row> rows{{"JOB", "STATE", "SAMPLES", "COUNTED", "PRIORITY", "TIME", "RATE", "PI"}};
  for (const JobInfo& job : jobs) {
    std::optional<Estimate> found = estimate(job);
    rows.push_back({std::to_string(number(job.id)), std::string(name(job.state)),
                    countText(job.spec.samples), percentText(job),
                    std::to_string(job.spec.priority), durationText(job.elapsed),
                    rateText(isOver(job.state) ? meanRate(job) : job.samplesPerSecond),
                    found ? knownText(*found) : "-"});
  }
  return table(rows);
}

std::string workersText(std::span<const WorkerInfo> workers) {
  if (workers.empty()) return "no workers yet; start one with pi-worker\n";
  std::vector<Row> rows{{"WORKER", "NAME", "STATE", "HOST", "PID", "THREADS", "KERNEL", "RATE",
                         "LEASES", "COUNTED", "HEARD", "BATCH JOB"}};
  for (const WorkerInfo& worker : workers) {
    const WorkerProfile& profile = worker.profile;
    rows.push_back({toText(worker.id), printable(profile.name), std::string(name(worker.state)),
                    printable(profile.host), std::to_string(profile.pid),
                    std::to_string(profile.threads), printable(profile.kernel),
                    rateText(worker.samplesPerSecond), std::to_string(worker.leases),
                    countText(worker.samplesContributed), durationText(worker.sinceHeard) + " ago",
                    profile.batchJob.empty() ? "-" : printable(profile.batchJob)});
  }
  std::string text = table(rows);
  for (const WorkerInfo& worker : workers) {
    if (worker.reason.empty()) continue;
    text += "worker " + toText(worker.id) + " is quarantined: " + printable(worker.reason) + "\n";
  }
  return text;
}

}  // namespace pi::client
