// Expected<T, E>: a value, or the error that says why there is none.
#pragma once

#include <utility>
#include <variant>

#include "common/base/check.h"

namespace pi {

// For a caller that continues in spite of an error.  `E` is an exception class whose what() is a
// sentence for people.
template <typename T, typename E>
class Expected {
 public:
  Expected(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Expected(E error) : content_(std::in_place_index<1>, std::move(error)) {}

  bool hasValue() const { return content_.index() == 0; }

  // Throws the error if there is no value.
  const T& value() const& {
    if (!hasValue()) throw error();
    return std::get<0>(content_);
  }
  T& value() & {
    if (!hasValue()) throw error();
    return std::get<0>(content_);
  }
  T value() && {
    if (!hasValue()) throw error();
    return std::get<0>(std::move(content_));
  }

  // For a caller that knows that there is a value.
  const T* operator->() const {
    PI_CHECK(hasValue());
    return &std::get<0>(content_);
  }
  const T& operator*() const { return *operator->(); }

  // For a caller that knows that there is none.
  const E& error() const {
    PI_CHECK(!hasValue());
    return std::get<1>(content_);
  }

 private:
  std::variant<T, E> content_;
};

}  // namespace pi
