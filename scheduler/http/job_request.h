// The bodies of the requests that change something, as values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "common/model/job.h"
#include "scheduler/http/answer.h"

namespace pi::scheduler::http {

// A value, or the answer that refuses the request.
template <typename T>
using OrFailure = std::variant<T, Failure>;

struct SubmissionRequest {
  JobSpec spec{};
  std::string requestId{};  // The same one means the same job; empty: none.
};

// {"samples": N, "chunk_size": N, "seed": N, "sampler": "random", "target_error": E, "priority": N,
// "max_threads": N, "name": "...", "request_id": "..."}; samples or target_error is needed.  With a
// target error, samples are the most.  Defaults are those of pi-client; the submitter stays empty.
// A field that is not known is refused, and so is a number that is not whole.
OrFailure<SubmissionRequest> parseSubmission(std::string_view body);

// {"reason": "..."}; may be empty or {}.
OrFailure<std::string> parseCancellation(std::string_view body);

// {"priority": N}
OrFailure<std::int32_t> parseNewPriority(std::string_view body);

}  // namespace pi::scheduler::http
