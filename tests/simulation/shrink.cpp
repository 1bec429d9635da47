#include "tests/simulation/shrink.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/simulation/simulation.h"

namespace pi::simulation {
namespace {

constexpr int kFailed = 1;

// One thing that can be left out of the plan.
struct Entry {
  enum class What : std::uint8_t { kJob, kFault, kKind };
  What what;
  std::size_t number;  // A job or a planned fault, from 1; or the kind's place in the table.
};

Omission with(Omission without, const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    if (entry.what == Entry::What::kJob) without.jobs.insert(entry.number);
    if (entry.what == Entry::What::kFault) without.faults.insert(entry.number);
    if (entry.what == Entry::What::kKind) without.kinds.add(static_cast<Fault>(entry.number));
  }
  return without;
}

// Numbers differ from story to story: "3 == 4" and "5 == 6" are the same failure.
std::string withoutNumbers(std::string text) {
  std::erase_if(text, [](unsigned char each) { return std::isdigit(each) != 0; });
  return text;
}

std::string readAll(int from) {
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = read(from, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

// How the story fails when it is played in a child process; empty if it ends well.
std::string failureOf(const Plan& plan) {
  int ends[2];
  if (pipe(ends) != 0) return "";
  std::fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);  // For the message of a PI_CHECK.
    close(ends[0]);
    std::string wrong = simulate(plan).wrong;
    std::fputs(wrong.c_str(), stderr);
    _exit(wrong.empty() ? 0 : kFailed);
  }
  close(ends[1]);
  std::string said = readAll(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  if (!WIFSIGNALED(status)) return said;
  return said.empty() ? "signal " + std::to_string(WTERMSIG(status)) : said;
}

std::vector<Entry> entriesOf(const Plan& plan) {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
    if (!plan.jobs[i].isOff) entries.push_back({Entry::What::kJob, i + 1});
  }
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    if (!plan.faults[i].isOff) entries.push_back({Entry::What::kFault, i + 1});
  }
  for (const FaultKind& kind : kFaultKinds) {
    if (kind.isPlanned() || !plan.on.has(kind.fault)) continue;
    entries.push_back({Entry::What::kKind, static_cast<std::size_t>(kind.fault)});
  }
  return entries;
}

// Tries each run of `size` entries; those without which the story fails as before are removed.
bool leaveOutParts(std::vector<Entry>& entries, std::size_t size, Omission& without,
                   const std::function<bool(const Omission&)>& fails) {
  bool hasHelped = false;
  for (std::size_t begin = 0; begin < entries.size();) {
    auto first = entries.begin() + static_cast<std::ptrdiff_t>(begin);
    auto last =
        entries.begin() + static_cast<std::ptrdiff_t>(std::min(entries.size(), begin + size));
    Omission tried = with(without, {first, last});
    if (fails(tried)) {
      without = tried;
      entries.erase(first, last);
      hasHelped = true;
    } else {
      begin += size;
    }
  }
  return hasHelped;
}

}  // namespace

// Delta debugging (Zeller, Hildebrandt: "Simplifying and Isolating Failure-Inducing Input", 2002):
// leaves out halves, then quarters, down to single entries, as long as something helps.
Omission shrink(const Plan& plan, const Omission& without,
                const std::function<bool(const Omission&)>& fails) {
  Omission smallest = without;
  std::vector<Entry> entries = entriesOf(plan);
  for (std::size_t size = std::max<std::size_t>(1, entries.size() / 2);;) {
    bool hasHelped = leaveOutParts(entries, size, smallest, fails);
    if (size == 1 && !hasHelped) return smallest;
    size = std::max<std::size_t>(1, size / 2);
  }
}

int shrinkAndPrint(const Options& options) {
  std::string failure = failureOf(options.planFor(options.from));
  if (failure.empty()) {
    std::printf("seed %llu ends well: there is nothing to shrink\n",
                static_cast<unsigned long long>(options.from));
    return 0;
  }
  std::printf("it fails: %s\n", failure.substr(0, failure.find_last_not_of('\n') + 1).c_str());
  int tries = 0;
  Options tried = options;
  auto fails = [&](const Omission& omission) {
    ++tries;
    tried.without = omission;
    return withoutNumbers(failureOf(tried.planFor(options.from))) == withoutNumbers(failure);
  };
  tried.without = shrink(options.planFor(options.from), options.without, fails);
  std::string arguments = replayArguments(options.from, options.profile, tried.without);
  std::printf("after %d tries, the smallest plan that still fails in this way:\n%s", tries,
              describe(tried.planFor(options.from)).c_str());
  std::printf("play it: scripts/simulate %s --trace\n", arguments.c_str());
  return kFailed;
}

}  // namespace pi::simulation
