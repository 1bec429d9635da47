// The head of an HTTP request, in plain types.
#pragma once

#include <optional>
#include <string>

namespace pi::scheduler::http {

enum class Method { kGet, kHead, kPost, kOther };

// A header that was sent several times has its values joined by ", ".
struct RequestHead {
  Method method = Method::kGet;
  std::string target{};  // As it was sent, such as "/api/v1/jobs?limit=10".
  std::optional<std::string> host{};
  std::optional<std::string> origin{};
  std::optional<std::string> authorization{};
  std::optional<std::string> cookie{};
  std::optional<std::string> accept{};
  std::optional<std::string> ifNoneMatch{};
  std::optional<std::string> contentType{};
  std::optional<std::string> contentLength{};
  bool hasTransferEncoding = false;
  bool isWebSocket = false;  // It asks for a WebSocket, and has all headers of that.
  bool wantsClose = false;   // The connection ends after the answer.
};

}  // namespace pi::scheduler::http
