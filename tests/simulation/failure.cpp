#include "tests/simulation/failure.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace pi::simulation {
namespace {

// Signal handlers reach these only.
Options currentOptions;
std::uint64_t currentSeed = 0;
const Trace* currentTrace = nullptr;

constexpr int kFailed = 1;

// The signal comes from this thread's own code, at a place where a call of the C library is safe in
// practice; that is enough for a debugging aid.
extern "C" void handleCrash(int signal) {
  std::signal(signal, SIG_DFL);
  if (currentTrace == nullptr) {
    sigset_t all;  // The new process must not start with the signal blocked.
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    replay(currentOptions, currentSeed);
  } else {
    std::printf("the process ends here (signal %d), after these events:\n", signal);
    currentTrace->printKept(stdout);
    printHints(currentOptions, currentSeed);
    std::fflush(stdout);
    _exit(kFailed);
  }
  std::raise(signal);
}

void handleCrashes() {
  for (int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS}) std::signal(signal, handleCrash);
}

}  // namespace

int replay(const Options& options, std::uint64_t seed) {
  std::printf("seed %llu fails; it is played again, with a trace:\n",
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  std::istringstream words(replayArguments(seed, options.profile, options.without));
  std::vector<std::string> arguments{"simulate", "--last-lines"};
  for (std::string word; words >> word;) arguments.push_back(word);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv("/proc/self/exe", pointers.data());
  std::perror("cannot play it again");
  return kFailed;
}

void replayOnCrash(const Options& options, std::uint64_t seed) {
  if (currentSeed == 0) handleCrashes();
  currentOptions = options;
  currentSeed = seed;
}

void printOnCrash(const Trace& trace, const Options& options) {
  currentOptions = options;
  currentSeed = options.from;
  currentTrace = &trace;
  handleCrashes();
}

void printHints(const Options& options, std::uint64_t seed) {
  std::string arguments = replayArguments(seed, options.profile, options.without);
  std::printf("the plan:         scripts/simulate %s --plan\n", arguments.c_str());
  std::printf("the whole story:  scripts/simulate %s --trace\n", arguments.c_str());
  std::printf("the smallest one: scripts/simulate %s --shrink\n", arguments.c_str());
}

}  // namespace pi::simulation
