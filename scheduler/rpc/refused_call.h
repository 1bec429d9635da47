// A refusal as the failure of a call whose answer has no place for one.
#pragma once

#include <kj/exception.h>
#include <kj/string.h>

#include <utility>
#include <variant>

#include "common/model/refusal.h"

namespace pi::scheduler {

inline kj::Exception refusedCall(const Refusal& refusal) {
  return kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                       kj::heapString(refusal.sentence.c_str()));
}

// Returns the result, or throws the refusal.
template <typename Result>
Result grantedOrThrow(OrRefusal<Result>&& answer) {
  if (const auto* refusal = std::get_if<Refusal>(&answer)) {
    kj::throwFatalException(refusedCall(*refusal));
  }
  return std::get<Result>(std::move(answer));
}

}  // namespace pi::scheduler
