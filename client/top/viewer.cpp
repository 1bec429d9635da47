#include "client/top/viewer.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "common/cli/terminal.h"

namespace pi::client::top {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPeriod = 1s;

// True if the terminal is gone: it would always be readable.
bool hasHungUp(int file) {
  pollfd state{.fd = file, .events = 0, .revents = 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

}  // namespace

Viewer::Viewer(net::KjLoop& loop, Feed& feed)
    : loop_(loop),
      feed_(feed),
      signals_(loop, {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH},
               [this](int number) { onSignal(number); }),
      keyboard_(loop.io(), ::dup(STDIN_FILENO)) {
  awaitKeys();
}

Viewer::~Viewer() = default;

ExitCode Viewer::run() {
  while (!end_) {
    feed_.ask(state_);
    fulfilWishes();
    if (end_) break;
    draw();
    auto pause = kj::newPromiseAndFulfiller<void>();
    pause_ = kj::mv(pause.fulfiller);
    pause.promise.exclusiveJoin(loop_.timer().afterDelay(net::toKj(kPeriod)))
        .wait(loop_.waitScope());
    pause_ = nullptr;
    fulfilWishes();
  }
  return *end_;
}

void Viewer::awaitKeys() {
  keyboard_.async_wait(asio::posix::stream_descriptor::wait_read, [this](std::error_code error) {
    if (error) return;  // The end of this object.
    takeKeys();
    if (hasHungUp(STDIN_FILENO)) return leave(ExitCode::kInterrupted);
    awaitKeys();
  });
}

void Viewer::takeKeys() {
  const JobInfo* before = selectedJob(state_);
  JobId shown = before == nullptr ? JobId{} : before->id;
  while (std::optional<KeyPress> key = screen_.nextKey()) {
    Wish wish = handle(state_, *key);
    if (std::holds_alternative<Leave>(wish)) leave(ExitCode::kDone);
    if (const auto* cancel = std::get_if<Cancel>(&wish)) {
      wishes_.push_back(*cancel);
      wake();
    }
  }
  const JobInfo* now = selectedJob(state_);
  if (now != nullptr && now->id != shown) wake();  // Its convergence is to be asked for.
  draw();
}

void Viewer::onSignal(int number) {
  if (number == SIGTSTP || number == SIGCONT) {
    if (number == SIGTSTP) screen_.suspend();
    screen_.resume();
    draw();
  } else if (number == SIGWINCH) {
    screen_.resize();
    draw();
  } else {
    leave(ExitCode::kInterrupted);
  }
}

void Viewer::leave(ExitCode code) {
  end_ = code;
  wake();
}

void Viewer::wake() {
  if (pause_.get() != nullptr) pause_->fulfill();
}

void Viewer::draw() {
  screen_.draw(layout(state_, screen_.size(), {.isUtf8 = cli::isUtf8Locale()}));
}

void Viewer::fulfilWishes() {
  for (const Cancel& wish : std::exchange(wishes_, {})) {
    std::string news = feed_.cancel(wish);
    state_.notice = std::move(news);
  }
}

}  // namespace pi::client::top
