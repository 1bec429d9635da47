// A child process of a test: its output, signals to it, and its end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pi::cluster {

// Polls until `isSo` is true.  Throws after two minutes; `what` names the condition in the message.
void waitUntil(const std::string& what, const std::function<bool()>& isSo);

// Where stdout and stderr go: they are kept for the test, or they cannot be written.
enum class Output { kKept, kStdoutBroken, kStdoutFull, kBothBroken };

struct Command {
  std::string program;  // Its path.
  std::vector<std::string> arguments{};
  std::map<std::string, std::string> environment{};  // Added to the environment of the test.
  Output output = Output::kKept;
};

// A running program in its own process group.  It is killed when this object is destroyed and when
// the test process dies.
class Process {
 public:
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;

  // Checks whether it has ended; does not wait.
  bool hasEnded();
  // Waits for its end.  Returns the exit code, or 128 plus the number of the signal that killed it.
  int wait();

  // Its output so far.
  std::string out() const { return contentOf(out_); }
  std::string err() const { return contentOf(err_); }
  // Waits until it has written `text` to stderr.  Throws if it ends without.
  void waitForErr(const std::string& text);

  // The peak of its resident memory so far, in bytes.
  std::uint64_t peakBytes() const;

  // The CPU time of all its threads so far.
  std::chrono::nanoseconds cpuTime();

 private:
  static std::string contentOf(int file);

  std::string name_;
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  bool isOver_ = false;
  int exitCode_ = 0;
  std::chrono::nanoseconds cpuTime_{};  // Set when it has ended.
};

}  // namespace pi::cluster
