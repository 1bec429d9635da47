#include "common/net/loop/process_limits.h"

#include <sys/resource.h>

#include <new>
#include <system_error>

namespace pi::net {

std::optional<std::string> whyTooFewFiles(std::size_t needed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed) return std::nullopt;
  return "it may have only " + std::to_string(limit.rlim_cur) + " files open, and needs " +
         std::to_string(needed) + "; raise the limit (ulimit -n)";
}

std::string sentenceOf(const std::exception& error) {
  if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
    if (system->code() == std::errc::too_many_files_open ||
        system->code() == std::errc::too_many_files_open_in_system) {
      return "too many files are open; close some, or raise the limit (ulimit -n)";
    }
    if (system->code() == std::errc::resource_unavailable_try_again) {
      return "a thread cannot be started; raise the limits on threads and memory (ulimit -u, "
             "ulimit -v)";
    }
  }
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return "there is not enough memory; free some, or raise the limit (ulimit -v)";
  }
  return error.what();
}

}  // namespace pi::net
