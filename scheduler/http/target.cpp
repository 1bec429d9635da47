#include "scheduler/http/target.h"

#include <algorithm>

namespace pi::scheduler::http {
namespace {

std::optional<int> hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      std::optional<int> high = hexDigit(text[i + 1]), low = hexDigit(text[i + 2]);
      if (!high || !low) return std::nullopt;
      result += static_cast<char>(*high * 16 + *low);
      i += 2;
    }
  }
  return result;
}

}  // namespace

const std::string* Target::valueOf(std::string_view name) const {
  auto found = std::ranges::find_if(query, [name](const auto& each) { return each.first == name; });
  return found == query.end() ? nullptr : &found->second;
}

std::optional<Target> parseTarget(std::string_view text) {
  bool isPlain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!text.starts_with('/') || !isPlain) return std::nullopt;
  std::size_t end = std::min(text.find('?'), text.size());
  Target target{.path = std::string(text.substr(0, end)), .query = {}};
  if (target.path.find('%') != std::string::npos) return std::nullopt;
  text.remove_prefix(std::min(end + 1, text.size()));
  while (!text.empty()) {
    std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    std::size_t sign = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = decoded(pair.substr(0, sign));
    std::optional<std::string> value = decoded(pair.substr(std::min(sign + 1, pair.size())));
    if (!name || !value) return std::nullopt;
    target.query.emplace_back(*std::move(name), *std::move(value));
  }
  return target;
}

std::optional<std::vector<std::string_view>> partsOf(std::string_view path) {
  std::vector<std::string_view> parts;
  if (path == "/") return parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // The slash.
    std::string_view part = path.substr(0, path.find('/'));
    if (part.empty()) return std::nullopt;
    parts.push_back(part);
    path.remove_prefix(part.size());
  }
  return parts;
}

}  // namespace pi::scheduler::http
