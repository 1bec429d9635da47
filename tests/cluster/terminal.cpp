#include "tests/cluster/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace pi::cluster {
namespace {

[[noreturn]] void startHere(const Command& command, int slave) {
  ::login_tty(slave);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setenv("TERM", "vt100", 1);
  for (const auto& [name, value] : command.environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> words = {const_cast<char*>(command.program.c_str())};
  for (const std::string& word : command.arguments)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  ::_exit(127);
}

}  // namespace

Terminal::Terminal(const Command& command, unsigned short columns, unsigned short rows)
    : page_(columns, rows) {
  winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (::openpty(&master_, &slave_, nullptr, nullptr, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "no pseudo-terminal");
  }
  ::fcntl(master_, F_SETFD, FD_CLOEXEC);
  pid_ = ::fork();
  if (pid_ == 0) startHere(command, slave_);
  ::fcntl(slave_, F_SETFD, FD_CLOEXEC);
}

Terminal::~Terminal() {
  if (!hasEnded()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(slave_);
  ::close(master_);
}

void Terminal::type(const std::string& keys) const {
  if (::write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("the terminal takes no keys");
  }
}

void Terminal::resize(unsigned short columns, unsigned short rows) {
  read();
  page_.resize(columns, rows);
  winsize size{.ws_row = rows, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(master_, TIOCSWINSZ, &size);
}

void Terminal::read() {
  std::array<char, 4096> bytes;
  pollfd state{.fd = master_, .events = POLLIN, .revents = 0};
  while (::poll(&state, 1, 0) == 1 && (state.revents & POLLIN) != 0) {
    ssize_t count = ::read(master_, bytes.data(), bytes.size());
    if (count <= 0) return;
    page_.take(std::string(bytes.data(), static_cast<std::size_t>(count)));
  }
}

std::string Terminal::screen() {
  read();
  return page_.text();
}

void Terminal::waitFor(const std::string& text) {
  waitUntil("the terminal shows '" + text + "'", [&] {
    bool isOver = hasEnded();
    if (screen().find(text) != std::string::npos) return true;
    if (isOver) throw std::runtime_error("it ended without '" + text + "':\n" + screen());
    return false;
  });
}

void Terminal::waitWithout(const std::string& text) {
  waitUntil("the terminal no longer shows '" + text + "'",
            [&] { return screen().find(text) == std::string::npos; });
}

termios Terminal::modes() const {
  termios modes{};
  ::tcgetattr(slave_, &modes);
  return modes;
}

bool Terminal::hasEnded() {
  if (!isOver_) isOver_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return isOver_;
}

int Terminal::wait() {
  waitUntil("the program on the terminal ends", [this] {
    read();  // It may wait for its output to be taken.
    return hasEnded();
  });
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

}  // namespace pi::cluster
