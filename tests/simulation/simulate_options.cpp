#include "tests/simulation/simulate_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace pi::simulation {
namespace {

constexpr std::array<std::pair<std::string_view, Profile>, 4> kProfiles = {{
    {"none", Profile::kNone},
    {"crashes", Profile::kCrashes},
    {"reconnects", Profile::kReconnects},
    {"all", Profile::kAll},
}};

constexpr std::size_t kNumberMax = 10'000;  // In a list of faults or jobs.

template <typename Number>
bool parseNumber(std::string_view text, Number& number) {
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size();
}

// "1-3,7" means 1, 2, 3 and 7.
bool parseList(std::string_view text, std::set<std::size_t>& numbers) {
  while (!text.empty()) {
    std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    std::size_t dash = item.find('-');
    std::size_t first = 0, last = 0;
    if (!parseNumber(item.substr(0, dash), first)) return false;
    last = first;
    if (dash != std::string_view::npos && !parseNumber(item.substr(dash + 1), last)) return false;
    if (first < 1 || last < first || last > kNumberMax) return false;
    for (std::size_t number = first; number <= last; ++number) numbers.insert(number);
  }
  return true;
}

std::string listText(const std::set<std::size_t>& numbers) {
  std::string text;
  for (auto at = numbers.begin(); at != numbers.end();) {
    std::size_t first = *at, last = first;
    while (++at != numbers.end() && *at == last + 1) last = *at;
    text += (text.empty() ? "" : ",") + std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
  }
  return text;
}

// A name for all kinds that a plan has no entries of.
constexpr std::string_view kUnplanned = "unplanned";

void addUnplanned(FaultSet& kinds) {
  for (const FaultKind& kind : kFaultKinds) {
    if (!kind.isPlanned()) kinds.add(kind.fault);
  }
}

bool hasUnplanned(const FaultSet& kinds) {
  return std::ranges::all_of(kFaultKinds, [&kinds](const FaultKind& kind) {
    return kind.isPlanned() || kinds.has(kind.fault);
  });
}

bool applyFlag(Options& options, std::string_view flag) {
  using Mode = Options::Mode;
  constexpr std::array<std::pair<std::string_view, Mode>, 6> kModes = {{
      {"--plan", Mode::kPlan},
      {"--trace", Mode::kTrace},
      {"--last-lines", Mode::kLastLines},
      {"--shrink", Mode::kShrink},
      {"--faults", Mode::kListFaults},
      {"--help", Mode::kHelp},
  }};
  for (auto [name, mode] : kModes) {
    if (flag == name) return options.mode = mode, true;
  }
  if (flag == "--verbose") return options.isVerbose = true;
  return false;
}

bool applyValue(Options& options, std::string_view option, std::string_view value) {
  if (option == "--seeds") return parseNumber(value, options.seeds);
  if (option == "--from") return parseNumber(value, options.from);
  if (option == "--seed") {
    options.seeds = 1;
    return parseNumber(value, options.from);
  }
  if (option == "--without") {
    if (value == kUnplanned) return addUnplanned(options.without.kinds), true;
    std::optional<Fault> fault = faultNamed(value);
    if (fault) options.without.kinds.add(*fault);
    return fault.has_value();
  }
  if (option == "--without-event") return parseList(value, options.without.faults);
  if (option == "--without-job") return parseList(value, options.without.jobs);
  if (option != "--profile") return false;
  for (auto [name, profile] : kProfiles) {
    if (value == name) return options.profile = profile, true;
  }
  return false;
}

}  // namespace

Plan Options::planFor(std::uint64_t seed) const {
  Plan plan = drawPlan(seed, profile);
  leaveOut(plan, without);
  return plan;
}

std::optional<Options> parseOptions(int argc, char** argv, std::string& error) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (applyFlag(options, argv[i])) continue;
    bool hasValue = i + 1 < argc;
    if (!hasValue || !applyValue(options, argv[i], argv[i + 1])) {
      error = "cannot understand " + std::string(argv[i]) +
              (hasValue ? " " + std::string(argv[i + 1]) : "");
      return std::nullopt;
    }
    ++i;
  }
  return options;
}

std::string_view usage() {
  return R"(usage: simulate [--seeds N] [--from SEED]
       simulate --seed N [--plan | --trace | --shrink]
Plays many stories and stops at the first failure, or looks at one story.
  --plan               prints the plan of the story: workers, jobs, faults with times and targets
  --trace              prints every event, with the actions and the state that changed
  --last-lines         plays the story, and prints its last 200 lines if it fails
  --shrink             finds the smallest set of faults and jobs that still fails
  --without NAME       leaves out this kind of fault (repeatable; --faults lists the kinds), or
                       with "unplanned" all kinds that are not in the plan
  --without-event K    leaves out the planned faults with these numbers, such as 1-3,7
  --without-job K      leaves out the jobs with these numbers
  --profile NAME       which faults: none, crashes, reconnects, or all (the default)
  --faults             lists the kinds of faults
  --verbose            prints each seed before it is played
)";
}

std::string replayArguments(std::uint64_t seed, Profile profile, const Omission& without) {
  std::string text = "--seed " + std::to_string(seed);
  for (auto [name, each] : kProfiles) {
    if (each == profile && profile != Profile::kAll) text += " --profile " + std::string(name);
  }
  if (!without.jobs.empty()) text += " --without-job " + listText(without.jobs);
  if (!without.faults.empty()) text += " --without-event " + listText(without.faults);
  bool isShort = hasUnplanned(without.kinds);
  if (isShort) text += " --without " + std::string(kUnplanned);
  for (const FaultKind& kind : kFaultKinds) {
    if (isShort && !kind.isPlanned()) continue;
    if (without.kinds.has(kind.fault)) text += " --without " + std::string(kind.name);
  }
  return text;
}

}  // namespace pi::simulation
