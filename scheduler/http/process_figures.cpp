#include "scheduler/http/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace pi::scheduler::http {
namespace {

double secondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

ProcessFigures processFigures() {
  ProcessFigures figures;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    figures.cpuSeconds = secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
  }
  std::ifstream memory("/proc/self/statm");
  std::uint64_t pages = 0, residentPages = 0;
  if (memory >> pages >> residentPages) {
    auto pageBytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    figures.virtualBytes = pages * pageBytes;
    figures.residentBytes = residentPages * pageBytes;
  }
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (!error) {  // Without the one that reads the directory.
    figures.openFiles = static_cast<std::uint64_t>(std::distance(begin(files), end(files))) - 1;
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.openFilesMax = limit.rlim_cur;
  return figures;
}

}  // namespace pi::scheduler::http
