// A type for each identity, so that swapped arguments do not compile.
#pragma once

#include <cstdint>

namespace pi {

enum class JobId : std::uint64_t {};  // Counts from 1 in each state directory; 0 means none.
// Schedulers with the same state directory, one after the other, give out different ones of these.
enum class WorkerId : std::uint64_t {};  // 0 means none.
enum class LeaseId : std::uint64_t {};

enum class SubmissionId : std::uint64_t {};  // A client's question, until it is answered.

template <typename Id>
constexpr std::uint64_t number(Id id) {
  return static_cast<std::uint64_t>(id);
}

}  // namespace pi
