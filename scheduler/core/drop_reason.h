// The reasons for which a tally is not counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pi::scheduler {

enum class DropReason : std::uint8_t {
  kJobOver,         // The job is finished, cancelled, failed or forgotten.
  kLeaseOver,       // The lease was revoked or lent on.
  kAlreadyCounted,  // Some of the samples came from another worker before.
  kImpossible,      // Outside the job, or more hits than samples.
  kNeverLent,       // No lease with this number was lent.
  kForeignLease,    // The lease belongs to another worker.
  kNotNext,         // The samples are not the next ones of the lease.
  kImprobable,      // The hits are next to impossible, and cannot be checked.
};

// True if no honest worker sends such a tally.
constexpr bool isViolation(DropReason reason) {
  switch (reason) {
    case DropReason::kJobOver:
    case DropReason::kLeaseOver:
    case DropReason::kAlreadyCounted:
    case DropReason::kImprobable:
      return false;
    case DropReason::kImpossible:
    case DropReason::kNeverLent:
    case DropReason::kForeignLease:
    case DropReason::kNotNext:
      return true;
  }
  return false;
}

// The end of a sentence that begins "the tally is dropped: ".
constexpr std::string_view sentenceOf(DropReason reason) {
  switch (reason) {
    case DropReason::kJobOver:
      return "its job is over";
    case DropReason::kLeaseOver:
      return "its lease is over";
    case DropReason::kAlreadyCounted:
      return "some of its samples are counted already";
    case DropReason::kImpossible:
      return "its numbers are impossible";
    case DropReason::kNeverLent:
      return "its lease was never lent";
    case DropReason::kForeignLease:
      return "its lease belongs to another worker";
    case DropReason::kNotNext:
      return "it is not the next part of its lease";
    case DropReason::kImprobable:
      return "its hits are next to impossible";
  }
  return "";
}

// As a label of metrics.
constexpr std::string_view labelOf(DropReason reason) {
  switch (reason) {
    case DropReason::kJobOver:
      return "job_over";
    case DropReason::kLeaseOver:
      return "lease_over";
    case DropReason::kAlreadyCounted:
      return "already_counted";
    case DropReason::kImpossible:
      return "impossible";
    case DropReason::kNeverLent:
      return "never_lent";
    case DropReason::kForeignLease:
      return "foreign_lease";
    case DropReason::kNotNext:
      return "not_next";
    case DropReason::kImprobable:
      return "improbable";
  }
  return "";
}

inline constexpr std::size_t kDropReasons = [] {
  std::size_t count = 0;
  while (!sentenceOf(static_cast<DropReason>(count)).empty()) ++count;
  return count;
}();

}  // namespace pi::scheduler
