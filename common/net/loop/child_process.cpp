#include "common/net/loop/child_process.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>
#include <memory>
#include <system_error>
#include <utility>

#include "common/base/check.h"
#include "common/net/loop/signals.h"
#include "common/net/loop/spawn.h"

namespace pi::net {
namespace {

using Descriptor = asio::posix::stream_descriptor;
using Outcome = Expected<CommandResult, CommandError>;

constexpr std::size_t kReadBytes = std::size_t{16} << 10;
constexpr int kFirstFree = 3;  // After stdin, stdout and stderr.

// Owns a file descriptor until it is released.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(other.release()) {}
  File& operator=(File&&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

[[noreturn]] void failBySystem(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

struct Pipe {
  File readEnd;
  File writeEnd;
};

// Moves the descriptor out of the range 0 to 2, where posix_spawn() would overwrite it.
File aboveStdio(int descriptor) {
  File low(descriptor);
  File high(::fcntl(low.get(), F_DUPFD_CLOEXEC, kFirstFree));
  if (high.get() < 0) failBySystem("dup");
  return high;
}

Pipe makePipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) failBySystem("pipe");
  File readEnd(ends[0]);
  File writeEnd(ends[1]);
  return {aboveStdio(readEnd.release()), aboveStdio(writeEnd.release())};
}

void killGroup(pid_t pid) {
  PI_CHECK(pid > 0);  // 0 is our own group.
  ::kill(-pid, SIGKILL);
  ::kill(pid, SIGKILL);  // It may have moved to another group.
}

// Returns waitpid()'s status.
int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// One output of the command.
struct Output {
  Output(asio::io_context& io, std::string& ourText) : pipe(io), text(ourText) {}

  Descriptor pipe;
  std::string& text;
};

// Asio's half of a running command.  It outlives the promise until the command is reaped.
struct Child : std::enable_shared_from_this<Child> {
  explicit Child(KjLoop& loop, Command ourCommand)
      : command(std::move(ourCommand)),
        exit(loop.io()),
        input(loop.io()),
        output(loop.io(), result.output),
        errors(loop.io(), result.errors),
        deadline(loop.io()) {}

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The loop ends before the command has.
  ~Child() {
    if (pid <= 0) return;
    killGroup(pid);
    reap(pid);
  }

  // Throws std::system_error.
  void start() {
    Pipe in = makePipe();
    Pipe out = makePipe();
    Pipe err = makePipe();
    pid = spawn({.argv = command.argv,
                 .environment = command.environment,
                 .input = in.readEnd.get(),
                 .output = out.writeEnd.get(),
                 .errors = err.writeEnd.get()});
    // The header of glibc 2.36 lacks extern "C" for pidfd_open().
    int pidFile = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (pidFile < 0) failBySystem("pidfd_open");
    exit.assign(pidFile);
    adopt(input, in.writeEnd);
    adopt(output.pipe, out.readEnd);
    adopt(errors.pipe, err.readEnd);

    exit.async_wait(Descriptor::wait_read, [self = shared_from_this()](std::error_code error) {
      if (!error) self->onExit();
    });
    deadline.expires_after(command.timeout);
    deadline.async_wait([self = shared_from_this()](std::error_code cancelled) {
      if (!cancelled) self->kill(CommandResult::End::kTimedOut);
    });
    read(output);
    read(errors);
    write(0);
  }

  static void adopt(Descriptor& descriptor, File& file) {
    descriptor.assign(file.release());
    descriptor.non_blocking(true);
  }

  void write(std::size_t done) {
    if (done == command.input.size()) return close(input);
    input.async_write_some(
        asio::buffer(command.input.data() + done, command.input.size() - done),
        [self = shared_from_this(), done](std::error_code error, std::size_t bytes) {
          if (error) return close(self->input);  // The command does not want the rest.
          self->write(done + bytes);
        });
  }

  // Waits without a buffer, so that no bytes are on their way when drain() reads.
  void read(Output& from) {
    from.pipe.async_wait(Descriptor::wait_read,
                         [self = shared_from_this(), &from](std::error_code error) {
                           if (error) return;  // It was closed.
                           self->drain(from);
                           if (from.pipe.is_open()) self->read(from);
                         });
  }

  // Takes all that is in the pipe now, and closes the pipe at its end.
  void drain(Output& from) {
    std::array<char, kReadBytes> bytes;
    while (from.pipe.is_open()) {
      std::error_code error;
      std::size_t count = from.pipe.read_some(asio::buffer(bytes), error);
      if (error == asio::error::would_block) return;
      std::size_t room = command.outputBytesMax - from.text.size();
      from.text.append(bytes.data(), std::min(count, room));
      if (count > room) kill(CommandResult::End::kTooMuchOutput);
      if (count > room || error) close(from.pipe);
    }
  }

  static void close(Descriptor& descriptor) {
    std::error_code ignored;
    descriptor.close(ignored);
  }

  // onExit() follows.
  void kill(CommandResult::End reason) {
    if (pid == 0) return;  // It has ended at the same moment.
    if (!killedFor) killedFor = reason;
    killGroup(pid);
  }

  // The number of the group is not used again as long as the command is not reaped.  The end of the
  // pipes is not waited for: a process that has left the group may hold them.
  void onExit() {
    killGroup(pid);
    drain(output);
    drain(errors);
    int status = reap(std::exchange(pid, 0));
    if (killedFor) {
      result.end = *killedFor;
    } else if (WIFSIGNALED(status)) {
      result.end = CommandResult::End::kSignalled;
      result.code = WTERMSIG(status);
    } else {
      result.code = WEXITSTATUS(status);
    }
    closeAll();
    if (waiting != nullptr) std::exchange(waiting, nullptr)->fulfill(Outcome(std::move(result)));
  }

  void closeAll() {
    deadline.cancel();
    for (Descriptor* each : {&exit, &input, &output.pipe, &errors.pipe}) close(*each);
  }

  // The promise was dropped.
  void abandon() {
    waiting = nullptr;
    if (pid > 0) killGroup(pid);
  }

  Command command;
  CommandResult result;
  pid_t pid = 0;  // 0 before the start and after the command was reaped.
  Descriptor exit;
  Descriptor input;
  Output output;
  Output errors;
  asio::steady_timer deadline;
  std::optional<CommandResult::End> killedFor;
  kj::PromiseFulfiller<Outcome>* waiting = nullptr;
};

// KJ's half.  It is destroyed with the promise.
class Running {
 public:
  Running(kj::PromiseFulfiller<Outcome>& fulfiller, std::shared_ptr<Child> child)
      : child_(std::move(child)) {
    child_->waiting = &fulfiller;
  }
  KJ_DISALLOW_COPY(Running);
  ~Running() { child_->abandon(); }

 private:
  std::shared_ptr<Child> child_;
};

}  // namespace

kj::Promise<Outcome> runCommand(KjLoop& loop, Command command) {
  ignoreBrokenPipes();
  std::string name = command.argv.at(0);
  auto child = std::make_shared<Child>(loop, std::move(command));
  try {
    child->start();
  } catch (const std::system_error& error) {
    bool isMissing = error.code() == std::errc::no_such_file_or_directory;
    return Outcome(CommandError("cannot run '" + name + "': " + error.code().message(), isMissing));
  }
  return kj::newAdaptedPromise<Outcome, Running>(std::move(child));
}

}  // namespace pi::net
