// A child process of a test: its output, its signals, its end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pi::cluster {

// Waits until `isSo`, looking again and again; throws, naming `what`, after two minutes without it.
void waitUntil(const std::string& what, const std::function<bool()>& isSo);

// Where stdout and stderr go: to us, or into pipes that nobody reads.
enum class Output { kKept, kStdoutBroken, kStdoutFull, kBothBroken };

struct Command {
  std::string program;  // Its path.
  std::vector<std::string> arguments{};
  std::map<std::string, std::string> environment{};  // Besides what the test itself was given.
  Output output = Output::kKept;
};

// A running program in a process group of its own.  Destroying it kills it; so does our own death.
class Process {
 public:
  explicit Process(const Command& command);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const;

  // Looks whether it has ended, and how.
  bool hasEnded();
  // Waits for its end: its exit code, or 128 and the signal that killed it, as a shell says it.
  int wait();

  // What it has written so far.
  std::string out() const { return contentOf(out_); }
  std::string err() const { return contentOf(err_); }
  // Waits until it has written `text` to stderr; throws if it ends without.
  void waitForErr(const std::string& text);

  // What its threads have computed so far.
  std::chrono::nanoseconds cpuTime();

 private:
  static std::string contentOf(int file);

  std::string name_;
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  bool isOver_ = false;
  int exitCode_ = 0;
  std::chrono::nanoseconds cpuTime_{};  // Once it is over.
};

}  // namespace pi::cluster
