#include "client/render.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "client/table.h"
#include "common/base/calendar.h"
#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/base/text_width.h"
#include "common/model/block.h"
#include "common/model/epoch.h"
#include "common/model/estimate.h"
#include "common/model/target.h"

namespace pi::client {
namespace {

using namespace std::chrono_literals;

std::string line(std::string_view label, const std::string& text) {
  constexpr std::size_t kTextColumn = 10;
  std::string padded(label);
  padded.resize(kTextColumn, ' ');
  return padded + text + "\n";
}

// "finished", "cancelled: REASON", or a reason that begins with the state's name.
std::string stateText(const JobInfo& job) {
  std::string text(name(job.state));
  if (job.reason.empty()) return text;
  return job.reason.starts_with(text) ? printable(job.reason) : text + ": " + printable(job.reason);
}

std::string jobLine(const JobInfo& job) {
  std::string text = std::to_string(number(job.id));
  if (!job.spec.name.empty()) text += " \"" + printable(job.spec.name) + "\"";
  return line("job", text + ", " + stateText(job));
}

std::string estimateLines(const JobInfo& job, const TextStyle& style) {
  std::optional<Estimate> found = estimate(job);
  if (!found) return "pi is unknown: no sample is counted\n";
  KnownDigits known = knownDigits(*found);
  return "pi = " + knownText(*found, style.plusMinus) + "\n" +
         line("95 %", known.low + " to " + known.high);
}

std::string targetLine(const JobInfo& job) {
  if (job.spec.targetError <= 0) return "";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "standard error at most %.3g", job.spec.targetError);
  bool isMissed = isOver(job.state) && !isTargetReached(job).value_or(true);
  return line("target", std::string(text.data()) + (isMissed ? ", not reached" : ""));
}

std::string extendedLine(const JobInfo& job) {
  std::string before;
  for (std::uint64_t samples : job.extendedFrom) {
    before += (before.empty() ? "from " : ", ") + countText(samples);
  }
  return before.empty() ? "" : line("extended", before);
}

std::string threadsLine(const JobInfo& job) {
  if (job.spec.threadsMax == 0) return "";
  return line("threads", "at most " + countText(job.spec.threadsMax) + " at one time");
}

std::string specLines(const JobInfo& job) {
  const JobSpec& spec = job.spec;
  return targetLine(job) + threadsLine(job) +
         line("samples", countText(spec.samples) + " in " + countText(spec.chunks(), "chunk") +
                             " of " + countText(spec.chunkSize)) +
         extendedLine(job) +
         line("stream", std::string(name(spec.stream.sampler)) + ", seed " +
                            std::to_string(spec.stream.seed) +
                            (isCountedByNets(spec) ? ", counted by nets" : ""));
}

std::string workerLines(const JobInfo& job) {
  std::string text = line(
      "workers", countText(job.workers, "worker") + " with " + countText(job.threads, "thread"));
  if (job.duplicatesDropped > 0) {
    text += line("dropped", countText(job.duplicatesDropped, "sample") + " computed twice");
  }
  return text;
}

std::string countedLine(const JobInfo& job) {
  return line("counted", percentText(job) + ", " + countText(job.samplesCounted, "sample") + ", " +
                             countText(job.chunksCounted, "chunk"));
}

// From the first lease on; zero before it.
Duration runningTime(const JobInfo& job) {
  return job.hasStarted ? std::max(job.elapsed - job.waiting, Duration{}) : Duration{};
}

// The mean rate while the job ran.  Time spent waiting does not count.
std::uint64_t runningRate(const JobInfo& job) {
  JobInfo running = job;
  running.elapsed = runningTime(job);
  return job.hasStarted ? meanRate(running) : 0;
}

// Empty if the job began almost at once.
std::string waitedLine(const JobInfo& job) {
  return job.waiting < 1s ? "" : line("waited", durationText(job.waiting));
}

std::string submittedLine(const JobInfo& job) {
  std::optional<WallTime> time = submissionOf(job);
  std::string text = time ? calendarText(*time) : "";
  if (!job.spec.submitter.empty()) {
    text += (text.empty() ? "by " : " by ") + printable(job.spec.submitter);
  }
  return text.empty() ? "" : line("submitted", text);
}

// A text of a user, short enough for a table that has to fit a terminal.
std::string textCell(std::string_view text, const TextStyle& style) {
  constexpr std::size_t kWidest = 24;
  constexpr std::string_view kDots = "...";
  if (text.empty()) return std::string(kNone);
  std::string whole = printable(text);
  if (style.columns == 0 || columnsOf(whole) <= kWidest) return whole;
  return cutTo(whole, kWidest - kDots.size()).append(kDots);
}

std::string stateCell(const JobInfo& job) {
  return job.waitsForDisk ? waitingText(job) : std::string(name(job.state));
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

std::string waitingText(const JobInfo& job) {
  if (job.waitsForDisk) return "waiting for the scheduler's disk";
  if (isOver(job.state) || job.workersNow > 0) return "";
  const std::string& awaited = job.workersAwaited;
  return "waiting for workers" + (awaited.empty() ? "" : ": " + printable(awaited));
}

std::optional<Duration> timeLeft(const JobInfo& job) {
  bool isComputed = job.state == JobState::kRunning && waitingText(job).empty();
  if (!isComputed || job.samplesPerSecond == 0) return std::nullopt;
  double left = static_cast<double>(job.spec.samples - job.samplesCounted) /
                static_cast<double>(job.samplesPerSecond);
  constexpr double kSecondsMax = 200 * 365 * 24 * 3600.0;  // A duration ends after 292 years.
  if (left > kSecondsMax) return std::nullopt;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(left));
}

std::optional<std::string> yearsText(std::uint64_t samples, std::uint64_t samplesPerSecond) {
  constexpr double kYear = 365.25 * 24 * 3600;
  if (samplesPerSecond == 0) return std::nullopt;
  double years = static_cast<double>(samples) / static_cast<double>(samplesPerSecond) / kYear;
  if (years < 1) return std::nullopt;
  return "about " + countText(static_cast<std::uint64_t>(std::round(years)), "year");
}

std::string resultText(const JobInfo& job, const TextStyle& style) {
  std::string text = estimateLines(job, style) + jobLine(job) + specLines(job);
  if (job.state != JobState::kFinished) text += countedLine(job);
  return text + line("hits", countText(job.hits.total())) + waitedLine(job) +
         line("time", durationText(runningTime(job)) + ", " + rateText(runningRate(job))) +
         workerLines(job);
}

std::string quietText(const JobInfo& job) {
  std::optional<Estimate> found = estimate(job);
  return found ? knownDigits(*found).pi + "\n" : "unknown\n";
}

std::string statusText(const JobInfo& job, const TextStyle& style) {
  if (isOver(job.state)) return resultText(job, style);
  std::string text = jobLine(job) + submittedLine(job) + specLines(job) + countedLine(job);
  if (job.samplesCounted > 0) text += estimateLines(job, style);
  std::string waiting = waitingText(job);
  if (!job.hasStarted) {
    text += line("waiting", durationText(job.waiting) + " so far");
  } else {
    text += waitedLine(job);
    std::string time =
        durationText(runningTime(job)) + " so far, " + rateText(job.samplesPerSecond);
    if (std::optional<Duration> left = timeLeft(job)) time += ", ETA " + durationText(*left);
    text += line("time", time);
  }
  if (job.waitsForDisk) text += line("disk", waiting);
  if (job.workersNow == 0) return text + line("workers", "none now: " + waitingText(job));
  return text + line("workers", countText(job.workersNow) + " connected now");
}

std::string submitText(JobId job) { return std::to_string(number(job)) + "\n"; }

std::string listText(std::span<const JobInfo> jobs, const TextStyle& style) {
  if (jobs.empty()) return "no jobs; submit one with pi-client submit SAMPLES\n";
  constexpr auto kColumns = std::to_array<Column>({{"JOB", kAlways},
                                                   {"NAME", 8},
                                                   {"STATE", kAlways},
                                                   {"SAMPLES", 9},
                                                   {"COUNTED", 10},
                                                   {"PRIORITY", 2},
                                                   {"WAITED", 3},
                                                   {"TIME", 4},
                                                   {"ETA", 6},
                                                   {"RATE", 5},
                                                   {"PI", 7},
                                                   {"SUBMITTER", 1}});
  std::vector<std::vector<std::string>> rows;
  for (const JobInfo& job : jobs) {
    std::optional<Estimate> found = estimate(job);
    std::optional<Duration> left = timeLeft(job);
    std::string none(kNone);
    rows.push_back(
        {std::to_string(number(job.id)), textCell(job.spec.name, style), stateCell(job),
         countText(job.spec.samples), percentText(job), std::to_string(job.spec.priority),
         durationText(job.waiting), job.hasStarted ? durationText(runningTime(job)) : none,
         left ? durationText(*left) : none,
         job.hasStarted ? rateText(isOver(job.state) ? runningRate(job) : job.samplesPerSecond)
                        : none,
         found ? knownText(*found, style.plusMinus) : none, textCell(job.spec.submitter, style)});
  }
  return table(kColumns, rows, style.columns);
}

std::string workersText(std::span<const WorkerInfo> workers, const TextStyle& style) {
  if (workers.empty()) return "no workers; start one with pi-worker\n";
  constexpr auto kColumns = std::to_array<Column>({{"WORKER", kAlways},
                                                   {"NAME", 9},
                                                   {"STATE", kAlways},
                                                   {"HOST", 4},
                                                   {"PID", 2},
                                                   {"THREADS", 7},
                                                   {"KERNEL", 3},
                                                   {"DEVICES", 5},
                                                   {"RATE", 8},
                                                   {"LEASES", 1},
                                                   {"COUNTED", 6},
                                                   {"HEARD", 5},
                                                   {"BATCH JOB", 3},
                                                   {"TIME LEFT", 4}});
  std::vector<std::vector<std::string>> rows;
  for (const WorkerInfo& worker : workers) {
    const WorkerProfile& profile = worker.profile;
    rows.push_back({toText(worker.id), textCell(profile.name, style),
                    std::string(name(worker.state)), textCell(profile.host, style),
                    std::to_string(profile.pid), countText(profile.threads),
                    textCell(profile.kernel, style), textCell(profile.devices, style),
                    rateText(worker.samplesPerSecond), countText(worker.leases),
                    countText(worker.samplesContributed), durationText(worker.sinceHeard) + " ago",
                    textCell(profile.batchJob, style),
                    worker.timeLeft ? durationText(*worker.timeLeft) : std::string(kNone)});
  }
  std::string text = table(kColumns, rows, style.columns);
  for (const WorkerInfo& worker : workers) {
    if (worker.reason.empty()) continue;
    text += "worker " + toText(worker.id) + " is quarantined: " + printable(worker.reason) + "\n";
  }
  return text;
}

std::string auditText(const JobAudit& audit, const std::string& hash, const TextStyle& style) {
  std::string text = verdictText(audit) + "\n";
  for (std::size_t i = 1; i < audit.faults.size(); ++i) text += "also: " + audit.faults[i] + "\n";
  text += line("hits", countText(audit.hits.total()) + " of " + countText(audit.counted, "sample"));
  text += line("hash", hash);
  constexpr auto kColumns = std::to_array<Column>({{"WORKER", kAlways},
                                                   {"NAME", 6},
                                                   {"HOST", 7},
                                                   {"THREADS", 1},
                                                   {"SAMPLES", kAlways},
                                                   {"LEASES", 8},
                                                   {"SECOND", 5},
                                                   {"DROPPED", 4},
                                                   {"RECOMPUTED", 3},
                                                   {"DISPROVED", 2}});
  std::vector<std::vector<std::string>> rows;
  auto addRow = [&](std::string worker, const std::string& called, const std::string& host,
                    std::uint64_t samples, const WorkerShare& share) {
    rows.push_back({std::move(worker), textCell(called, style), textCell(host, style),
                    countText(share.threads), countText(samples), countText(share.leases),
                    countText(share.secondLeases), countText(share.samplesDropped),
                    countText(share.samplesConfirmed), countText(share.disproved)});
  };
  for (const AuditedWorker& worker : audit.workers) {
    addRow(toText(worker.worker), worker.name, worker.host, worker.samples, worker.share);
  }
  std::vector<AuditedHost> hosts = hostsOf(audit);
  if (hosts.size() < audit.workers.size()) {
    for (const AuditedHost& host : hosts) {
      addRow("all " + std::to_string(host.workers), "", host.host, host.samples, host.share);
    }
  }
  if (!rows.empty()) text += table(kColumns, rows, style.columns);
  if (audit.workersLeftOut > 0) {
    text += "and " + countText(audit.workersLeftOut, "more worker") + "\n";
  }
  if (audit.samplesOfSeveral > 0) {
    text += "It is not known any more which workers computed " +
            countText(audit.samplesOfSeveral, "sample") + ".\n";
  }
  return text;
}

std::string scalingText(ScalingMode mode, std::span<const ScalingRow> rows,
                        const std::optional<SerialFraction>& fraction, const TextStyle& style) {
  constexpr auto kColumns = std::to_array<Column>({{"THREADS", kAlways},
                                                   {"TIME", kAlways},
                                                   {"FASTEST", 1},
                                                   {"SLOWEST", 1},
                                                   {"SPEED-UP", kAlways},
                                                   {"EFFICIENCY", 2}});
  auto number = [](double value, const char* format) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), format, value);
    return std::string(text.data());
  };
  auto time = [](double inSeconds) {
    std::chrono::duration<double> exact(inSeconds);
    return durationText(std::chrono::duration_cast<Duration>(exact));
  };
  std::vector<std::vector<std::string>> lines;
  lines.reserve(rows.size());
  for (const ScalingRow& row : rows) {
    lines.push_back({std::to_string(row.threads), time(row.seconds), time(row.fastest),
                     time(row.slowest), number(row.speedUp, "%.2f"),
                     number(100 * row.efficiency, "%.0f %%")});
  }
  std::string text = table(kColumns, lines, style.columns);
  if (!fraction) return text;
  std::string law = mode == ScalingMode::kWeak ? "Gustafson's law" : "Amdahl's law";
  return text + "serial fraction by " + law + ": " + number(100 * fraction->value, "%.2f %%") +
         " " + std::string(style.plusMinus) + " " + number(100 * fraction->error, "%.2f %%") + "\n";
}

std::string infoText(const SchedulerInfo& info) {
  std::string text = line("scheduler", printable(info.host) + ", pid " + std::to_string(info.pid));
  for (const std::string& address : info.addresses) text += line("address", printable(address));
  if (info.dashboard) text += line("dashboard", printable(*info.dashboard));
  text += line("version", printable(info.programVersion) + " (" + printable(info.gitCommit) +
                              "), protocol " + std::to_string(info.protocolVersion) + ", stream " +
                              std::to_string(info.streamVersion));
  text += line("up for", durationText(info.uptime));
  text += line("jobs", countText(info.unfinishedJobs) + " not over");
  text += line("workers", countText(info.workers, "worker") + " with " +
                              countText(info.threads, "thread") + ", speed " +
                              rateText(info.samplesPerSecond));
  for (const QueueInfo& queue : info.queues) {
    text += line("queue", printable(queue.name) + ": " + countText(queue.running) + " running, " +
                              countText(queue.pending) + " pending, at most " +
                              countText(queue.workersMax) +
                              (queue.whyNotMore.empty() ? "" : "; " + printable(queue.whyNotMore)));
  }
  return text + line("disk", info.diskFailure ? "jobs wait for it: " + printable(*info.diskFailure)
                                              : "jobs are saved");
}

}  // namespace pi::client
