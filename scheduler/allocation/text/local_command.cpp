#include "scheduler/allocation/text/local_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <vector>

#include "common/base/exit_code.h"
#include "common/base/printable.h"
#include "scheduler/allocation/text/worker_end.h"

namespace pi::allocation {
namespace {

using std::string_view;

constexpr string_view kName = "--name";

struct Refused {
  string_view option;
  string_view remedy;
};

constexpr string_view kOurs = "the scheduler sets it itself; leave it out";

constexpr std::array kRefused{
    Refused{"--check", "use pi-worker --check"},
    Refused{"--connection-file", kOurs},
    Refused{"--help", "see pi-worker --help"},
    Refused{"--lifetime", "use --worker-time-limit"},
    Refused{"--name", kOurs},
    Refused{"--version", "see pi-worker --version"},
    Refused{"-V", "see pi-worker --version"},
    Refused{"-h", "see pi-worker --help"},
};

}  // namespace

std::optional<std::string> workerOptionFault(const Words& options) {
  bool mayBeValue = false;  // The word before is an option without a value.
  for (string_view word : options) {
    bool isOption = word.size() > 1 && word[0] == '-' && word != "--";
    if (!isOption && !mayBeValue) {
      return quoted(word) +
             " is not an option of pi-worker; write options alone, such as "
             "--threads=2";
    }
    string_view name = word.substr(0, word.find('='));
    const auto* refused = std::ranges::find(kRefused, name, &Refused::option);
    if (refused != kRefused.end()) {
      return quoted(word) + " cannot be an option of a queue: " + std::string(refused->remedy);
    }
    mayBeValue = isOption && name == word;
  }
  return std::nullopt;
}

Words workerWords(const AllocationRequest& request, const WorkerStart& start) {
  auto seconds = std::chrono::ceil<std::chrono::seconds>(request.timeLimit).count();
  Words words{start.worker.empty() ? "pi-worker" : start.worker,
              std::string(kName),
              request.name,
              "--connection-file",
              start.connectionFile,
              "--lifetime",
              std::to_string(seconds) + "s"};
  words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  return words;
}

std::optional<std::string> allocationIn(string_view commandLine) {
  std::vector<string_view> words;
  while (!commandLine.empty()) {
    auto end = std::min(commandLine.find('\0'), commandLine.size());
    words.push_back(commandLine.substr(0, end));
    commandLine.remove_prefix(std::min(end + 1, commandLine.size()));
  }
  bool isWorker = words.size() >= 3 && words[1] == kName &&
                  (words[0] == "pi-worker" || words[0].ends_with("/pi-worker"));
  if (!isWorker) return std::nullopt;
  return std::string(words[2]);
}

BatchStatus endedWorker(const std::string& name, const std::string& id, int exitCode, int signal) {
  BatchStatus status{.name = name, .id = id, .state = BatchState::kEnded};
  if (signal == SIGTERM) {  // Before it could take it as the request to leave.
    status.reason = "it was cancelled";
  } else if (exitCode == static_cast<int>(ExitCode::kDone) && signal == 0) {
    status.reason = "its worker left";
  } else {
    status.reason = whyWorkerFailed(exitCode, signal);
    status.hasFailed = true;
  }
  return status;
}

}  // namespace pi::allocation
