// PI_CHECK: an assertion about our own code that is evaluated in every build.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Aborts the process when `expression` is false.  Prints the place, the expression and, for a
// comparison, the values of both sides.  For bugs only: bad input gets an error instead.
#define PI_CHECK(...)                                             \
  ::pi::checking::require(::pi::checking::Begin{} << __VA_ARGS__, \
                          {#__VA_ARGS__, __FILE__, __LINE__})

namespace pi::checking {

// The position of a PI_CHECK in the source, and its expression.
struct Place {
  const char* expression;
  const char* file;
  int line;
};

[[noreturn]] void fail(const Place& place, const std::string& values);

// The value as text; "?" for a type that has no short text.
template <typename T>
std::string shown(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    return std::to_string(static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::is_arithmetic_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return "null";
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return "\"" + std::string(std::string_view(value)) + "\"";
  } else if constexpr (std::is_pointer_v<T>) {
    return value == nullptr ? "null" : "not null";
  } else if constexpr (requires { value.time_since_epoch(); }) {
    return shown(value.time_since_epoch());
  } else if constexpr (requires { value.count(); }) {
    return shown(value.count());
  } else {
    return "?";
  }
}

// Signed and unsigned integers are compared by value.
template <typename T>
concept PlainInteger = std::integral<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>;

template <typename L, typename R>
struct Comparison {
  const L& left;
  const R& right;
  const char* sign;
  bool holds;
  explicit operator bool() const { return holds; }
};

// The left side of a comparison, or a whole expression without one.
template <typename L>
struct Left {
  const L& left;
  explicit operator bool() const { return static_cast<bool>(left); }

  template <typename R>
  Comparison<L, R> operator==(const R& right) const {
    if constexpr (PlainInteger<L> && PlainInteger<R>) {
      return {left, right, "==", std::cmp_equal(left, right)};
    } else {
      return {left, right, "==", left == right};
    }
  }
  template <typename R>
  Comparison<L, R> operator!=(const R& right) const {
    if constexpr (PlainInteger<L> && PlainInteger<R>) {
      return {left, right, "!=", std::cmp_not_equal(left, right)};
    } else {
      return {left, right, "!=", left != right};
    }
  }
  template <typename R>
  Comparison<L, R> operator<(const R& right) const {
    if constexpr (PlainInteger<L> && PlainInteger<R>) {
      return {left, right, "<", std::cmp_less(left, right)};
    } else {
      return {left, right, "<", left < right};
    }
  }
  template <typename R>
  Comparison<L, R> operator<=(const R& right) const {
    if constexpr (PlainInteger<L> && PlainInteger<R>) {
      return {left, right, "<=", std::cmp_less_equal(left, right)};
    } else {
      return {left, right, "<=", left <= right};
    }
  }
  template <typename R>
  Comparison<L, R> operator>(const R& right) const {
    if constexpr (PlainInteger<L> && PlainInteger<R>) {
      return {left, right, ">", std::cmp_greater(left, right)};
    } else {
      return {left, right, ">", left > right};
    }
  }
  template <typename R>
  Comparison<L, R> operator>=(const R& right) const {
    if constexpr (PlainInteger<L> && PlainInteger<R>) {
      return {left, right, ">=", std::cmp_greater_equal(left, right)};
    } else {
      return {left, right, ">=", left >= right};
    }
  }
};

// `Begin{} << a == b` is `(Begin{} << a) == b`: so both sides are captured.
struct Begin {
  template <typename L>
  Left<L> operator<<(const L& left) const {
    return {left};
  }
};

inline void require(bool holds, const Place& place) {
  if (!holds) [[unlikely]]
    fail(place, "");
}

template <typename L>
void require(const Left<L>& whole, const Place& place) {
  require(static_cast<bool>(whole), place);
}

template <typename L, typename R>
void require(const Comparison<L, R>& comparison, const Place& place) {
  if (comparison.holds) [[likely]]
    return;
  fail(place, shown(comparison.left) + " " + comparison.sign + " " + shown(comparison.right));
}

}  // namespace pi::checking
