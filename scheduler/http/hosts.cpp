#include "scheduler/http/hosts.h"

#include <algorithm>

namespace pi::scheduler::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isNameCharacter(char c) {
  return isDigit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.' || c == '-' || c == '_';
}

bool isAddressCharacter(char c) {
  return isDigit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.';
}

// ":8787", or nothing.
bool isPort(std::string_view text) {
  if (text.empty()) return true;
  return text.front() == ':' && text.size() >= 2 && text.size() <= 6 &&
         std::ranges::all_of(text.substr(1), isDigit);
}

}  // namespace

std::optional<std::string> hostIn(std::string_view header) {
  bool isBracketed = header.starts_with('[');
  std::size_t end = header.find(isBracketed ? ']' : ':');
  if (isBracketed && end == header.npos) return std::nullopt;
  std::string_view name = header.substr(isBracketed ? 1 : 0, isBracketed ? end - 1 : end);
  std::string_view port =
      header.substr(std::min(isBracketed ? end + 1 : std::min(end, header.size()), header.size()));
  auto isAllowed = isBracketed ? isAddressCharacter : isNameCharacter;
  if (name.empty() || !std::ranges::all_of(name, isAllowed) || !isPort(port)) return std::nullopt;
  return lowered(name);
}

bool isOurs(std::string_view host, const std::vector<std::string>& names) {
  if (host == "localhost" || host == "127.0.0.1" || host == "::1") return true;
  return std::ranges::find(names, host) != names.end();
}

bool isSameOrigin(std::string_view origin, std::string_view hostHeader, Scheme scheme) {
  std::string own = scheme == Scheme::kHttps ? "https://" : "http://";
  return lowered(origin) == own + lowered(hostHeader);
}

}  // namespace pi::scheduler::http
