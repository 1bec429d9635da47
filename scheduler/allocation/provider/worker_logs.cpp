#include "scheduler/allocation/provider/worker_logs.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "common/base/printable.h"
#include "scheduler/allocation/provider/limits.h"

namespace pi::allocation {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kPreparedPerCleaning = 64;

}  // namespace

std::optional<BatchFailure> WorkerLogs::prepare() {
  const std::string& folder = start_.logFolder;
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    std::string reason = std::generic_category().message(errno);
    return BatchFailure{.sentence = "the folder for the logs of workers, " + printable(folder) +
                                    ", cannot be made: " + reason,
                        .kind = BatchFailure::Kind::kUnreachable};
  }
  if (prepared_++ % kPreparedPerCleaning == 0) removeOld();
  return std::nullopt;
}

void WorkerLogs::removeOld() const {
  std::error_code ignored;
  std::vector<std::pair<fs::file_time_type, fs::path>> logs;
  for (const fs::directory_entry& entry : fs::directory_iterator(start_.logFolder, ignored)) {
    if (entry.path().extension() != ".log" || !entry.is_regular_file(ignored)) continue;
    logs.emplace_back(entry.last_write_time(ignored), entry.path());
  }
  if (logs.size() <= kWorkerLogsKept) return;
  std::ranges::sort(logs);
  logs.resize(logs.size() - kWorkerLogsKept);
  for (const auto& [time, path] : logs) fs::remove(path, ignored);
}

void WorkerLogs::point(BatchStatus& status) const {
  if (!status.hasFailed || status.name.find('/') != std::string::npos) return;
  std::string path = logPath(start_, status.name);
  std::error_code ignored;
  if (fs::exists(path, ignored)) status.reason += "; read " + printable(path);
}

}  // namespace pi::allocation
