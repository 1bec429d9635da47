#include "scheduler/live/follow.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/json/documents.h"
#include "scheduler/live/limits.h"

namespace pi::scheduler::live {
namespace {

Json parsed(std::string_view text) {
  auto withinDepth = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kFollowNestingMax) throw std::length_error("too deep");
    return true;
  };
  try {
    return Json::parse(text, withinDepth);
  } catch (const std::exception&) {
    return Json(Json::value_t::discarded);
  }
}

// Why the list is refused; nullopt if it is not.
template <typename Id>
std::optional<std::string> readIds(const Json& request, const std::string& name, std::size_t max,
                                   std::vector<Id>& ids) {
  auto list = request.find(name);
  if (list == request.end()) return std::nullopt;
  if (!list->is_array()) return name + " is not a list; send numbers, as in [1, 2]";
  if (list->size() > max) {
    return name + " has more than " + std::to_string(max) + " numbers (limit); send fewer";
  }
  std::set<std::uint64_t> seen;
  for (const Json& number : *list) {
    if (!number.is_number_unsigned()) return name + " has more than whole numbers; send their ids";
    auto id = number.get<std::uint64_t>();
    if (seen.insert(id).second) ids.push_back(Id{id});
  }
  return std::nullopt;
}

}  // namespace

Parsed<Follow> parseFollow(std::string_view text) {
  Json request = parsed(text);
  if (!request.is_object()) {
    return {.error = R"(this is not a JSON object; send {"jobs": [1], "workers": [2, 3]})"};
  }
  for (const auto& [name, value] : request.items()) {
    if (name == "jobs" || name == "workers") continue;
    return {.error = "there are jobs and workers; leave others out"};
  }
  Follow follow;
  auto wrong = readIds(request, "jobs", kFollowedJobsMax, follow.jobs);
  if (!wrong) wrong = readIds(request, "workers", kFollowedWorkersMax, follow.workers);
  if (wrong) return {.error = *wrong};
  return {.value = std::move(follow)};
}

}  // namespace pi::scheduler::live
