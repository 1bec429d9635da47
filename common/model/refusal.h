// The reason for which a scheduler does not grant a request.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

namespace pi {

enum class RefusalCode : std::uint8_t {
  kUnknownJob,
  kBadRequest,
  kLimitReached,     // Granted later, perhaps.
  kVersionMismatch,  // The two programs are of different releases.
  kNotAllowed,
  kStopping,  // Granted again after the scheduler's restart.
  kNotSaved,  // The disk does not take the request or its result.
};

struct Refusal {
  RefusalCode code{};
  std::string sentence;  // One line for people: what is wrong and what to do.
  bool operator==(const Refusal&) const = default;
};

// The result of a request, or why there is none.
template <typename Result>
using OrRefusal = std::variant<Result, Refusal>;

// The result of a request that returns no value.
struct Done {};

}  // namespace pi
