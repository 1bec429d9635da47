// Runs a command as a child process, without a shell, and reaps it.
#pragma once

#include <kj/async.h>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/expected.h"
#include "common/net/loop/kj_loop.h"

namespace pi::net {

struct Command {
  std::vector<std::string> argv;  // argv[0] is looked up in this process's PATH.
  std::string input{};            // The command's stdin.
  // "NAME=value" each.  Null: the environment of this process.
  std::optional<std::vector<std::string>> environment{};
  Duration timeout = std::chrono::seconds(30);
  std::size_t outputBytesMax = std::size_t{1} << 20;  // For stdout and stderr each.
};

struct CommandResult {
  enum class End {
    kExited,         // `code` is its exit code.
    kSignalled,      // `code` is the number of the signal.
    kTimedOut,       // It was killed after its timeout.
    kTooMuchOutput,  // It was killed after it wrote more than outputBytesMax.
  };
  End end = End::kExited;
  int code = 0;
  std::string output{};  // Its stdout.
  std::string errors{};  // Its stderr.
};

// Why a command could not be started, in one sentence.
class CommandError : public std::runtime_error {
 public:
  CommandError(const std::string& sentence, bool isMissing)
      : std::runtime_error(sentence), isMissing_(isMissing) {}
  bool isMissing() const { return isMissing_; }  // There is no program with this name.

 private:
  bool isMissing_;
};

// Starts the command in a process group of its own, with no descriptors but 0, 1 and 2, and with
// the default signal actions.  Resolves when the command has ended and was reaped; processes that
// it has left behind in its group are killed then.  Never reaps another child of this process.
// Dropping the promise kills the group and reaps the command.  Ignores SIGPIPE in this process, so
// that a command may end without having read its input.  Needs Linux 5.3.
kj::Promise<Expected<CommandResult, CommandError>> runCommand(KjLoop& loop, Command command);

}  // namespace pi::net
