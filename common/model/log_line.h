// A line of a program's log.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "common/model/log_subject.h"

namespace pi {

struct LogLine {
  std::uint64_t number = 0;  // Counts from 1, without gaps.
  WallTime time{};
  std::string level;
  std::string text;
  LogSubject about{};
  bool operator==(const LogLine&) const = default;
};

}  // namespace pi
