#include "scheduler/allocation/text/slurm_options.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/printable.h"

namespace pi::allocation {
namespace {

using std::string_view;

struct Refused {
  string_view name;
  char letter;  // '\0': it has no short form.
  string_view remedy;
};

constexpr string_view kOurs = "the scheduler sets it itself; leave it out";
constexpr string_view kOneNode =
    "an allocation is one worker on one node; leave it out, and set --workers-max";

constexpr std::array kRefused{
    Refused{"array", 'a', kOneNode},
    Refused{"clusters", 'M', "set SLURM_CLUSTERS before you start the scheduler instead"},
    Refused{"export", '\0', kOurs},
    Refused{"export-file", '\0', kOurs},
    Refused{"gid", '\0', "start the scheduler as that user instead"},
    Refused{"help", 'h', "see sbatch --help"},
    Refused{"hold", 'H', "an allocation that is held never starts; leave it out"},
    Refused{"job-name", 'J', kOurs},
    Refused{"no-requeue", '\0', kOurs},
    Refused{"nodes", 'N', kOneNode},
    Refused{"ntasks", 'n', kOneNode},
    Refused{"ntasks-per-node", '\0', kOneNode},
    Refused{"parsable", '\0', kOurs},
    Refused{"requeue", '\0', "the scheduler replaces a worker that ended; leave it out"},
    Refused{"test-only", '\0', "use pi-scheduler elastic dry-run"},
    Refused{"time", 't', "use --worker-time-limit"},
    Refused{"uid", '\0', "start the scheduler as that user instead"},
    Refused{"usage", 'u', "see sbatch --usage"},
    Refused{"version", 'V', "see sbatch --version"},
    Refused{"wait", 'W', "the scheduler does not wait for a job; leave it out"},
    Refused{"wrap", '\0', "the scheduler submits a script of its own; leave it out"},
};

// Options without a value in the next word.  Those that are missing here take one.
constexpr std::array<string_view, 14> kFlags{
    "contiguous", "exclusive",  "get-user-env",  "ignore-pbs",   "nice",
    "no-kill",    "overcommit", "oversubscribe", "propagate",    "quiet",
    "reboot",     "share",      "spread-job",    "use-min-nodes"};
constexpr string_view kFlagLetters = "OQksv";

std::optional<std::string> refusal(string_view word, const Refused& refused) {
  return quoted(word) + " cannot be an option of a queue: " + std::string(refused.remedy);
}

// getopt_long() takes any beginning of a name that only one option has.
std::optional<std::string> faultOfLong(string_view word) {
  string_view name = word.substr(2, word.find('=') == word.npos ? word.npos : word.find('=') - 2);
  for (const Refused& refused : kRefused) {
    if (refused.name.starts_with(name)) return refusal(word, refused);
  }
  return std::nullopt;
}

// Several flags may be in one word: "-sQ".
std::optional<std::string> faultOfShort(string_view word) {
  for (char letter : word.substr(1)) {
    const auto* refused = std::ranges::find(kRefused, letter, &Refused::letter);
    if (refused != kRefused.end()) return refusal(word, *refused);
    if (kFlagLetters.find(letter) == kFlagLetters.npos) break;  // The rest is its value.
  }
  return std::nullopt;
}

// Whether the value of this option is the next word.
bool wantsValue(string_view word) {
  if (word.starts_with("--")) {
    bool isFlag = std::ranges::find(kFlags, word.substr(2)) != kFlags.end() || word == "--verbose";
    return word.find('=') == word.npos && !isFlag;
  }
  auto value = word.find_first_not_of(kFlagLetters, 1);
  return value == word.size() - 1;
}

}  // namespace

std::optional<std::string> sbatchOptionFault(const std::vector<std::string>& options) {
  bool isValue = false;  // The word before wants it.
  for (string_view word : options) {
    if (isValue) {
      isValue = false;
      continue;
    }
    if (word == "--" || word == "-" || word.size() < 2 || word[0] != '-') {
      return quoted(word) +
             " is not an option of sbatch; write options alone, such as --partition=a: the "
             "scheduler submits a script of its own";
    }
    auto fault = word.starts_with("--") ? faultOfLong(word) : faultOfShort(word);
    if (fault) return fault;
    isValue = wantsValue(word);
  }
  if (isValue) return quoted(options.back()) + " needs a value; write it as --option=value";
  return std::nullopt;
}

}  // namespace pi::allocation
