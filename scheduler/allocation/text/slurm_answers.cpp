#include "scheduler/allocation/text/slurm_answers.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

#include "common/base/printable.h"
#include "scheduler/allocation/text/slurm_states.h"

namespace pi::allocation {
namespace {

using std::string_view;

template <typename Number>
std::optional<Number> numberIn(string_view text) {
  Number number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool isJobId(string_view text) {
  return text.size() <= 20 && numberIn<std::uint64_t>(text).has_value();
}

// Takes the text up to the separator off the front of `line`; the rest if there is none.
string_view takeField(string_view& line, char separator) {
  auto end = std::min(line.find(separator), line.size());
  string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

// Seconds since 1970, as SLURM_TIME_FORMAT=%s has them; "N/A" and others are none.
std::optional<WallTime> timeIn(string_view text) {
  auto seconds = numberIn<std::int64_t>(text);
  constexpr std::int64_t kEnd = 9'000'000'000;  // Nanoseconds since 1970 have 63 bits.
  if (!seconds || *seconds <= 0 || *seconds >= kEnd) return std::nullopt;
  return WallTime(std::chrono::seconds(*seconds));
}

// The status of wait(): as squeue writes it.
void readWaitStatus(string_view text, SlurmJob& job) {
  int status = numberIn<int>(text).value_or(0);
  job.signal = status & 0x7F;
  job.exitCode = job.signal == 0 ? (status >> 8) & 0xFF : 0;
}

// "3:0", an exit code and a signal: as scontrol and sacct write it.
void readCodeAndSignal(string_view text, SlurmJob& job) {
  job.exitCode = numberIn<int>(takeField(text, ':')).value_or(0);
  job.signal = numberIn<int>(text).value_or(0);
}

// The word after "key=".
string_view wordAfter(string_view text, string_view key) {
  for (auto at = text.find(key); at != text.npos; at = text.find(key, at + 1)) {
    if (at > 0 && text[at - 1] != ' ') continue;
    string_view value = text.substr(at + key.size());
    return value.substr(0, value.find_first_of(" \n"));
  }
  return {};
}

std::vector<string_view> linesIn(string_view text) {
  std::vector<string_view> lines;
  while (!text.empty()) lines.push_back(takeField(text, '\n'));
  return lines;
}

}  // namespace

std::optional<std::string> jobIdIn(string_view output) {
  std::optional<std::string> found;
  for (string_view line : linesIn(output)) {
    string_view id = takeField(line, ';');
    if (isJobId(id)) found = std::string(id);
  }
  return found;
}

SlurmList readList(string_view output) {
  SlurmList list;
  for (string_view line : linesIn(output)) {
    SlurmJob job;
    job.id = takeField(line, '|');
    job.state = takeField(line, '|');
    job.start = timeIn(takeField(line, '|'));
    readWaitStatus(takeField(line, '|'), job);
    job.reason = takeField(line, '|');
    if (!isJobId(job.id) || job.state.empty() || !line.ends_with('|')) continue;
    job.name = line.substr(0, line.size() - 1);  // Users may have a '|' in the names of their jobs.
    list.jobs.push_back(statusOf(job));
    if (isKnownState(job.state)) continue;
    std::string state = printable(job.state);
    bool isNew = std::ranges::find(list.unknownStates, state) == list.unknownStates.end();
    if (isNew) list.unknownStates.push_back(std::move(state));
  }
  return list;
}

std::optional<BatchStatus> jobInScontrol(string_view output) {
  SlurmJob job;
  job.id = wordAfter(output, "JobId=");
  job.name = wordAfter(output, "JobName=");
  job.state = wordAfter(output, "JobState=");
  job.reason = wordAfter(output, "Reason=");
  readCodeAndSignal(wordAfter(output, "ExitCode="), job);
  if (!isJobId(job.id) || !isKnownState(job.state)) return std::nullopt;
  return statusOf(job);
}

std::optional<BatchStatus> jobInSacct(string_view output) {
  for (string_view line : linesIn(output)) {
    SlurmJob job;
    job.id = takeField(line, '|');
    job.state = takeField(line, '|');
    job.state = job.state.substr(0, job.state.find(' '));  // "CANCELLED by 1000"
    readCodeAndSignal(takeField(line, '|'), job);
    job.name = line;
    if (isJobId(job.id) && isKnownState(job.state)) return statusOf(job);
  }
  return std::nullopt;
}

}  // namespace pi::allocation
