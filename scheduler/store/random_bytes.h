// Random bytes from the operating system, for secrets and uids.
#pragma once

#include <sys/random.h>

#include <cstddef>
#include <string>

#include "common/base/check.h"

namespace pi::scheduler {

// `count` is at most 256: the kernel gives that many in one piece.
inline std::string randomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  PI_CHECK(::getrandom(bytes.data(), count, 0) == static_cast<ssize_t>(count));
  return bytes;
}

}  // namespace pi::scheduler
