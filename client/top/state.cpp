#include "client/top/state.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "common/model/block.h"
#include "common/model/epoch.h"

namespace pi::client::top {
namespace {

constexpr std::size_t kPage = 10;

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool holds(std::string_view text, std::string_view part) {
  auto isSame = [](char one, char other) { return lowered(one) == lowered(other); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), isSame) != text.end() ||
         part.empty();
}

bool passes(const JobInfo& job, std::string_view filter) {
  return holds(std::to_string(number(job.id)), filter) || holds(job.spec.name, filter) ||
         holds(name(job.state), filter) || holds(job.spec.submitter, filter);
}

bool passes(const WorkerInfo& worker, std::string_view filter) {
  const WorkerProfile& profile = worker.profile;
  return holds(toText(worker.id), filter) || holds(profile.name, filter) ||
         holds(profile.host, filter) || holds(name(worker.state), filter) ||
         holds(profile.devices, filter) || holds(profile.kernel, filter) ||
         holds(profile.batchJob, filter);
}

double progressOf(const JobInfo& job) {
  return static_cast<double>(job.samplesCounted) / static_cast<double>(job.spec.samples);
}

// Running before queued before over.
int urgencyOf(JobState state) {
  if (state == JobState::kRunning) return 0;
  return state == JobState::kQueued ? 1 : 2;
}

bool isBefore(const JobInfo& one, const JobInfo& other, JobOrder order) {
  auto newest = [&] { return number(one.id) > number(other.id); };
  switch (order) {
    case JobOrder::kNewest:
      break;
    case JobOrder::kState: {
      int urgency = urgencyOf(one.state);
      if (urgency != urgencyOf(other.state)) return urgency < urgencyOf(other.state);
      break;
    }
    case JobOrder::kProgress:
      if (progressOf(one) != progressOf(other)) return progressOf(one) > progressOf(other);
      break;
    case JobOrder::kRate:
      // Nets count far more samples in the same time: the two kinds cannot be compared.
      if (isCountedByNets(one.spec) != isCountedByNets(other.spec)) {
        return isCountedByNets(one.spec);
      }
      if (one.samplesPerSecond != other.samplesPerSecond) {
        return one.samplesPerSecond > other.samplesPerSecond;
      }
      break;
    case JobOrder::kName:
      if (one.spec.name != other.spec.name) return one.spec.name < other.spec.name;
      break;
  }
  return newest();
}

bool isBefore(const WorkerInfo& one, const WorkerInfo& other, WorkerOrder order) {
  switch (order) {
    case WorkerOrder::kNumber:
      break;
    case WorkerOrder::kState:
      if (one.state != other.state) return one.state > other.state;  // Those in trouble first.
      break;
    case WorkerOrder::kRate:
      if (one.samplesPerSecond != other.samplesPerSecond) {
        return one.samplesPerSecond > other.samplesPerSecond;
      }
      break;
    case WorkerOrder::kCounted:
      if (one.samplesContributed != other.samplesContributed) {
        return one.samplesContributed > other.samplesContributed;
      }
      break;
    case WorkerOrder::kName:
      if (one.profile.name != other.profile.name) return one.profile.name < other.profile.name;
      break;
  }
  return one.id < other.id;
}

template <typename Item, typename Order>
std::vector<const Item*> shown(const std::vector<Item>& all, std::string_view filter, Order order,
                               bool isReversed) {
  std::vector<const Item*> items;
  for (const Item& item : all) {
    if (passes(item, filter)) items.push_back(&item);
  }
  std::ranges::sort(
      items, [order](const Item* one, const Item* other) { return isBefore(*one, *other, order); });
  if (isReversed) std::ranges::reverse(items);
  return items;
}

template <typename Item, typename Id>
std::size_t placeOf(const std::vector<const Item*>& items, const std::optional<Id>& id) {
  if (!id) return 0;
  auto found = std::ranges::find_if(items, [&id](const Item* item) { return item->id == *id; });
  return found == items.end() ? 0 : static_cast<std::size_t>(found - items.begin());
}

// The place that a key moves to from `at`, among `count`; nullopt for other keys.
std::optional<std::size_t> moved(const KeyPress& press, std::size_t at, std::size_t count) {
  std::size_t last = count == 0 ? 0 : count - 1;
  bool isText = press.key == Key::kText;
  if (press.key == Key::kUp || (isText && press.text == "k"))
    return at - std::min<std::size_t>(at, 1);
  if (press.key == Key::kDown || (isText && press.text == "j")) return std::min(at + 1, last);
  if (press.key == Key::kPageUp) return at - std::min(at, kPage);
  if (press.key == Key::kPageDown) return std::min(at + kPage, last);
  if (press.key == Key::kHome) return 0;
  if (press.key == Key::kEnd) return last;
  return std::nullopt;
}

template <typename Order>
Order next(Order order, Order last) {
  return order == last ? Order{} : static_cast<Order>(static_cast<int>(order) + 1);
}

void moveInPanel(State& state, const KeyPress& press) {
  if (state.panel == Panel::kJobs) {
    std::vector<const JobInfo*> jobs = shownJobs(state);
    auto to = moved(press, selectedJobAt(state), jobs.size());
    if (to && !jobs.empty()) state.job = jobs[*to]->id;
  } else if (state.panel == Panel::kWorkers) {
    std::vector<const WorkerInfo*> workers = shownWorkers(state);
    auto to = moved(press, selectedWorkerAt(state), workers.size());
    if (to && !workers.empty()) state.worker = workers[*to]->id;
  } else {
    std::size_t count = state.last.log.size();  // The newest line is the last one.
    std::size_t last = count == 0 ? 0 : count - 1;
    std::size_t back = std::min(state.linesBack, last);
    if (auto to = moved(press, last - back, count)) state.linesBack = last - *to;
  }
}

void sortNext(State& state) {
  if (state.panel == Panel::kJobs) state.jobOrder = next(state.jobOrder, JobOrder::kName);
  if (state.panel == Panel::kWorkers)
    state.workerOrder = next(state.workerOrder, WorkerOrder::kName);
}

void reverse(State& state) {
  if (state.panel == Panel::kJobs) state.areJobsReversed = !state.areJobsReversed;
  if (state.panel == Panel::kWorkers) state.areWorkersReversed = !state.areWorkersReversed;
}

void askCancel(State& state) {
  const JobInfo* job = selectedJob(state);
  if (job == nullptr) {
    state.notice = "no job is selected";
  } else if (isOver(job->state)) {
    state.notice = "job " + std::to_string(number(job->id)) + " is over";
  } else {
    state.askedCancel = job->id;
  }
}

Wish answerCancel(State& state, const KeyPress& press) {
  JobId asked = *std::exchange(state.askedCancel, std::nullopt);
  if (press.key != Key::kText || (press.text != "y" && press.text != "Y")) return {};
  auto job = std::ranges::find(state.last.jobs, asked, &JobInfo::id);
  if (job == state.last.jobs.end()) return {};
  return Cancel{.job = job->id, .uid = job->uid};
}

void typeFilter(State& state, const KeyPress& press) {
  switch (press.key) {
    case Key::kText:
      state.filter += press.text;
      break;
    case Key::kBackspace:  // A character may have several bytes.
      while (!state.filter.empty() && (state.filter.back() & 0xC0) == 0x80) state.filter.pop_back();
      if (!state.filter.empty()) state.filter.pop_back();
      break;
    case Key::kEscape:
      state.filter.clear();
      state.isTypingFilter = false;
      break;
    case Key::kEnter:
      state.isTypingFilter = false;
      break;
    default:
      moveInPanel(state, press);
  }
}

}  // namespace

std::vector<const JobInfo*> shownJobs(const State& state) {
  return shown(state.last.jobs, state.filter, state.jobOrder, state.areJobsReversed);
}

std::vector<const WorkerInfo*> shownWorkers(const State& state) {
  return shown(state.last.workers, state.filter, state.workerOrder, state.areWorkersReversed);
}

std::size_t selectedJobAt(const State& state) { return placeOf(shownJobs(state), state.job); }

std::size_t selectedWorkerAt(const State& state) {
  return placeOf(shownWorkers(state), state.worker);
}

const JobInfo* selectedJob(const State& state) {
  std::vector<const JobInfo*> jobs = shownJobs(state);
  return jobs.empty() ? nullptr : jobs[placeOf(jobs, state.job)];
}

Wish handle(State& state, const KeyPress& press) {
  state.notice.clear();
  if (state.askedCancel) return answerCancel(state, press);
  if (std::exchange(state.isHelpOpen, false)) return {};
  if (state.isTypingFilter) {
    typeFilter(state, press);
    return {};
  }
  if (press.key == Key::kTab) {
    state.panel = next(state.panel, Panel::kLog);
  } else if (press.key == Key::kEscape) {
    state.filter.clear();
    state.linesBack = 0;
  } else if (press.text == "q") {
    return Leave{};
  } else if (press.text == "s") {
    sortNext(state);
  } else if (press.text == "r") {
    reverse(state);
  } else if (press.text == "/") {
    state.isTypingFilter = true;
  } else if (press.text == "c") {
    askCancel(state);
  } else if (press.text == "?" || press.text == "h") {
    state.isHelpOpen = true;
  } else {
    moveInPanel(state, press);
  }
  return {};
}

}  // namespace pi::client::top
