#include "tests/simulation/crash_report.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <utility>

#include "common/base/check.h"

namespace pi::simulation {
namespace {

constexpr std::array kSignals{SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS};

// Signal handlers reach these only.
const CrashReport::Story* currentStory = nullptr;
const std::string* currentAdvice = nullptr;
const Trace* currentTrace = nullptr;  // In the child process.
std::array<struct sigaction, kSignals.size()> handlersBefore;

void restoreHandlers() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &handlersBefore[i], nullptr);
  }
}

[[noreturn]] void endWithTrace() {
  currentTrace->printKept(stdout);
  std::printf("%s\n", currentAdvice->c_str());
  std::fflush(stdout);
  _exit(0);
}

extern "C" void handleCrashOfChild(int /*signal*/) { endWithTrace(); }

// In the child process, which has inherited a blocked signal.
[[noreturn]] void playAgain() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int signal : kSignals) std::signal(signal, handleCrashOfChild);
  Trace trace(Trace::Mode::kKeep);
  currentTrace = &trace;
  (*currentStory)(trace);
  std::printf("the story ends well when it is played again; its last lines:\n");
  endWithTrace();
}

// The signal comes from this thread's own code, at a place where a call of the C library is safe in
// practice; that is enough for a debugging aid.
extern "C" void reportCrash(int signal) {
  restoreHandlers();
  std::printf("the story is played again, with a trace:\n");
  std::fflush(stdout);
  pid_t child = fork();
  if (child == 0) playAgain();
  if (child > 0) waitpid(child, nullptr, 0);
  std::raise(signal);  // For the handler from before, as soon as this one has returned.
}

}  // namespace

CrashReport::CrashReport(Story story, std::string advice)
    : story_(std::move(story)), advice_(std::move(advice)) {
  PI_CHECK(currentStory == nullptr);
  currentStory = &story_;
  currentAdvice = &advice_;
  struct sigaction report {};
  report.sa_handler = reportCrash;
  sigemptyset(&report.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &report, &handlersBefore[i]);
  }
}

CrashReport::~CrashReport() {
  restoreHandlers();
  currentStory = nullptr;
  currentAdvice = nullptr;
}

}  // namespace pi::simulation
