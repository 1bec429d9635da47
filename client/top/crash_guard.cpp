#include "client/top/crash_guard.h"

#include <curses.h>
#include <signal.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <initializer_list>

namespace pi::client::top {
namespace {

constexpr std::initializer_list<int> kCrashes{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV};

// For signal handlers, which may not use the heap.
termios modesBefore{};
bool areModesKnown = false;
std::array<char, 256> farewell{};
std::size_t farewellBytes = 0;

// `capability` is the name of one that is a text.  Nothing is written that the terminal does not
// have.
void add(const char* capability) {
  const char* text = ::tigetstr(capability);
  if (text == nullptr) return;
  std::size_t bytes = std::strlen(text);
  if (farewellBytes + bytes > farewell.size()) return;
  std::memcpy(farewell.data() + farewellBytes, text, bytes);
  farewellBytes += bytes;
}

void restore(int signal) {
  // The action of the signal is its own again (SA_RESETHAND).
  [[maybe_unused]] auto written = ::write(STDOUT_FILENO, farewell.data(), farewellBytes);
  if (areModesKnown) ::tcsetattr(STDIN_FILENO, TCSANOW, &modesBefore);
  ::raise(signal);
}

void act(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (int signal : kCrashes) ::sigaction(signal, &action, nullptr);
}

}  // namespace

void CrashGuard::remember() { areModesKnown = ::tcgetattr(STDIN_FILENO, &modesBefore) == 0; }

void CrashGuard::arm() {
  farewellBytes = 0;
  // Plain text, a visible cursor, the usual keys, the screen from before.
  for (const char* capability : {"sgr0", "cnorm", "rmkx", "rmcup"}) add(capability);
  act(restore);
}

void CrashGuard::disarm() { act(SIG_DFL); }

}  // namespace pi::client::top
