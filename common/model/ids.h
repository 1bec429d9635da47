// One type for each kind of id, so that swapped arguments do not compile.
#pragma once

#include <cstdint>

namespace pi {

enum class JobId : std::uint64_t {};  // Counts from 1 in each state directory; 0 means none.
// Worker and lease ids are never used again in a state directory, also after restarts.
enum class WorkerId : std::uint64_t {};  // 0 means none.
enum class LeaseId : std::uint64_t {};

enum class SubmissionId : std::uint64_t {};  // One call of submit, until it is answered.

template <typename Id>
constexpr std::uint64_t number(Id id) {
  return static_cast<std::uint64_t>(id);
}

}  // namespace pi
