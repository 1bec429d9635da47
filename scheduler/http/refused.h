// A refusal of the service as an answer.
#pragma once

#include "common/model/refusal.h"
#include "scheduler/http/answer.h"

namespace pi::scheduler::http {

// The status of a refusal.
inline unsigned statusOf(RefusalCode code) {
  switch (code) {
    case RefusalCode::kUnknownJob:
      return 404;
    case RefusalCode::kBadRequest:
    case RefusalCode::kVersionMismatch:
      return 400;
    case RefusalCode::kLimitReached:
      return 429;
    case RefusalCode::kNotAllowed:
      return 403;
    case RefusalCode::kStopping:
    case RefusalCode::kNotSaved:
      return 503;
  }
  return 400;
}

inline Answer answerOf(const Refusal& refusal) {
  return answerOf(Failure{statusOf(refusal.code), refusal.sentence});
}

}  // namespace pi::scheduler::http
