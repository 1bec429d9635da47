// The answer to an HTTP request, in plain types.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pi::scheduler::http {

inline constexpr std::string_view kJsonType = "application/json; charset=utf-8";
inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";
inline constexpr std::string_view kHtmlType = "text/html; charset=utf-8";
inline constexpr std::string_view kStyleType = "text/css; charset=utf-8";

struct Answer {
  unsigned status = 200;
  std::string_view type = kJsonType;
  std::string body{};
  std::string_view caching = "no-store";  // For Cache-Control.
  // Besides those that every answer has.
  std::vector<std::pair<std::string, std::string>> headers{};
};

// Why a request is refused: the status, and one sentence that says what is wrong and what to do.
struct Failure {
  unsigned status = 400;
  std::string sentence;
  bool operator==(const Failure&) const = default;
};

// {"error": sentence} on one line.
Answer answerOf(const Failure& failure);

// "Not Found" for 404; "Error" for a status that the door does not use.
std::string_view phraseOf(unsigned status);

// The headers that every answer has: they keep a browser from running, framing or passing on
// anything that the page does not name itself.
const std::vector<std::pair<std::string, std::string>>& protectiveHeaders();

}  // namespace pi::scheduler::http
