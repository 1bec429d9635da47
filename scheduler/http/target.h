// The path and the query of a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pi::scheduler::http {

struct Target {
  std::string path{};                                      // "/api/v1/jobs/7"
  std::vector<std::pair<std::string, std::string>> query;  // Decoded, in order.

  // The first value with this name; null if there is none.
  const std::string* valueOf(std::string_view name) const;
};

// Nullopt for a target that no page of ours has: without a leading '/', with bytes that are not
// printable ASCII, with an escape in the path, or with a broken escape in the query.
std::optional<Target> parseTarget(std::string_view text);

// Parts of a path between slashes: {"api", "v1", "jobs"}.  Nullopt for an empty part, as in
// "/a//b".
// "/" has no parts.
std::optional<std::vector<std::string_view>> partsOf(std::string_view path);

}  // namespace pi::scheduler::http
