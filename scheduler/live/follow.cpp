#include "scheduler/live/follow.h"

#include <cstddef>
#include <cstdint>
#include <set>

#include "common/json/documents.h"
#include "scheduler/live/limits.h"

namespace pi::scheduler::live {
namespace {

// Nesting costs memory beyond the text; none is wanted below the lists.
constexpr int kDepthMax = 2;

Json parsed(std::string_view text) {
  auto withinDepth = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kDepthMax) throw std::length_error("too deep");
    return true;
  };
  try {
    return Json::parse(text, withinDepth);
  } catch (const std::exception&) {
    return Json(Json::value_t::discarded);
  }
}

// Why the list is refused; empty if it is not.
template <typename Id>
std::string readIds(const Json& request, const std::string& name, std::size_t max,
                    std::vector<Id>& ids) {
  auto list = request.find(name);
  if (list == request.end()) return "";
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
  return "";
}

}  // namespace

std::variant<Follow, std::string> parseFollow(std::string_view text) {
  Json request = parsed(text);
  if (!request.is_object()) {
    return R"(this is not a JSON object; send {"jobs": [1], "workers": [2, 3]})";
  }
  Follow follow;
  for (const auto& [name, value] : request.items()) {
    if (name != "jobs" && name != "workers") return "there are jobs and workers; leave others out";
  }
  std::string wrong = readIds(request, "jobs", kFollowedJobsMax, follow.jobs);
  if (wrong.empty()) wrong = readIds(request, "workers", kFollowedWorkersMax, follow.workers);
  if (!wrong.empty()) return wrong;
  return follow;
}

}  // namespace pi::scheduler::live
