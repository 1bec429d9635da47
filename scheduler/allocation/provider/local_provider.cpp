#include "scheduler/allocation/provider/local_provider.h"

#include <fcntl.h>
#include <kj/io.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "common/base/printable.h"
#include "common/net/loop/spawn.h"
#include "scheduler/allocation/provider/limits.h"
#include "scheduler/allocation/provider/local_workers.h"
#include "scheduler/allocation/text/environment.h"
#include "scheduler/allocation/text/local_command.h"
#include "scheduler/allocation/text/shell_words.h"

namespace pi::allocation {
namespace {

// Throws std::system_error.
kj::AutoCloseFd openFile(const std::string& path, int flags) {
  int file = ::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file < 0) throw std::system_error(errno, std::generic_category(), printable(path));
  return kj::AutoCloseFd(file);
}

std::string variableOf(const AllocationRequest& request) { return "PI_ALLOCATION=" + request.name; }

}  // namespace

LocalProvider::LocalProvider(WorkerStart start, std::vector<std::string> environment)
    : start_(std::move(start)), environment_(std::move(environment)), logs_(start_) {}

LocalProvider::~LocalProvider() noexcept(false) { reap(); }

kj::Promise<std::variant<AllocationProvider::Submitted, BatchFailure>> LocalProvider::submit(
    const AllocationRequest& request) {
  using Answer = std::variant<Submitted, BatchFailure>;
  if (auto failure = logs_.prepare()) return Answer(*std::move(failure));
  Words words = workerWords(request, start_);
  try {
    kj::AutoCloseFd input = openFile("/dev/null", O_RDONLY);
    kj::AutoCloseFd log = openFile(logPath(start_, request.name), O_WRONLY | O_CREAT | O_APPEND);
    pid_t pid = net::spawn({.argv = words,
                            .environment = withVariables(environment_, {variableOf(request)}),
                            .input = input.get(),
                            .output = log.get(),
                            .errors = log.get(),
                            .group = net::SpawnGroup::kSession});
    children_.emplace(pid, request.name);
    return Answer(Submitted{std::to_string(pid)});
  } catch (const std::system_error& error) {
    bool isMissing = error.code() == std::errc::no_such_file_or_directory;
    std::string remedy = isMissing ? "; install it beside pi-scheduler, or name it in PI_WORKER"
                                   : "; it is tried again";
    return Answer(BatchFailure{
        .sentence = "cannot start " + quoted(words.front()) + ": " + error.what() + remedy,
        .kind = isMissing ? BatchFailure::Kind::kRefused : BatchFailure::Kind::kUnreachable});
  }
}

// Only our own children: others reap theirs.
void LocalProvider::reap() {
  for (auto child = children_.begin(); child != children_.end();) {
    int status = 0;
    pid_t reaped = ::waitpid(child->first, &status, WNOHANG);
    if (reaped == 0) {
      ++child;
      continue;
    }
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    ended_.push_back(endedWorker(child->second, std::to_string(child->first),
                                 WIFEXITED(status) ? WEXITSTATUS(status) : 0, signal));
    logs_.point(ended_.back());
    child = children_.erase(child);
  }
}

kj::Promise<std::variant<std::vector<BatchStatus>, BatchFailure>> LocalProvider::list() {
  using Answer = std::variant<std::vector<BatchStatus>, BatchFailure>;
  reap();
  std::vector<BatchStatus> all(ended_.begin(), ended_.end());
  while (ended_.size() > kEndedWorkersKept) ended_.pop_front();
  // Children run, also those whose command line /proc does not have yet.
  std::map<pid_t, std::string> running = children_;
  for (const LocalWorker& worker : localWorkers()) running.emplace(worker.pid, worker.allocation);
  for (const auto& [pid, name] : running) {
    all.push_back({.name = name, .id = std::to_string(pid), .state = BatchState::kRunning});
  }
  return Answer(std::move(all));
}

kj::Promise<std::optional<BatchFailure>> LocalProvider::cancel(const std::vector<std::string>& ids,
                                                               Which which) {
  using Answer = std::optional<BatchFailure>;
  if (which == Which::kPending) return Answer();
  for (const LocalWorker& worker : localWorkers()) {
    bool isMeant = std::ranges::find(ids, std::to_string(worker.pid)) != ids.end();
    if (isMeant) signalWorker(worker, SIGTERM);
  }
  return Answer();
}

kj::Promise<std::optional<BatchStatus>> LocalProvider::causeOf(const std::string& id) {
  using Answer = std::optional<BatchStatus>;
  reap();
  auto found = std::find_if(ended_.rbegin(), ended_.rend(),
                            [&id](const BatchStatus& each) { return each.id == id; });
  return found == ended_.rend() ? Answer() : Answer(*found);
}

std::string LocalProvider::describe(const AllocationRequest& request) const {
  return "env " + shellQuoted(variableOf(request)) + " " + shellText(workerWords(request, start_));
}

}  // namespace pi::allocation
