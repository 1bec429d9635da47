#include "scheduler/http/routes.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/quantity.h"
#include "common/model/epoch.h"
#include "scheduler/http/target.h"

namespace pi::scheduler::http {
namespace {

constexpr std::array kRoutes{
    Route{.path = "/", .endpoint = Endpoint::kPage},
    Route{.path = "/style.css", .need = Need::kNothing, .endpoint = Endpoint::kFile},
    Route{.path = "/dashboard.js", .need = Need::kNothing, .endpoint = Endpoint::kFile},
    Route{.path = "/icon.svg", .need = Need::kNothing, .endpoint = Endpoint::kFile},
    Route{.path = "/plain", .endpoint = Endpoint::kPlainPage},
    Route{.path = "/plain.css", .need = Need::kNothing, .endpoint = Endpoint::kPlainStyle},
    Route{.path = "/health", .need = Need::kNothing, .endpoint = Endpoint::kHealth},
    Route{.path = "/ready", .need = Need::kNothing, .endpoint = Endpoint::kReady},
    Route{.path = "/metrics", .endpoint = Endpoint::kMetrics},
    Route{.path = "/api/v1/cluster", .endpoint = Endpoint::kCluster},
    Route{.path = "/api/v1/jobs", .endpoint = Endpoint::kJobs, .parameters = {"limit", "before"}},
    Route{.path = "/api/v1/jobs/{id}", .endpoint = Endpoint::kJob},
    Route{.path = "/api/v1/jobs/{id}/convergence",
          .endpoint = Endpoint::kConvergence,
          .parameters = {"after"}},
    Route{.path = "/api/v1/jobs",
          .method = Method::kPost,
          .need = Need::kControl,
          .endpoint = Endpoint::kSubmit},
    Route{.path = "/api/v1/jobs/{id}/cancel",
          .method = Method::kPost,
          .need = Need::kControl,
          .endpoint = Endpoint::kCancel},
    Route{.path = "/api/v1/jobs/{id}/priority",
          .method = Method::kPost,
          .need = Need::kControl,
          .endpoint = Endpoint::kPriority},
    Route{.path = "/api/v1/workers",
          .endpoint = Endpoint::kWorkers,
          .parameters = {"limit", "after"}},
    Route{.path = "/api/v1/workers/{id}", .endpoint = Endpoint::kWorker},
    Route{.path = "/api/v1/workers/{id}/leases",
          .endpoint = Endpoint::kLeases,
          .parameters = {"limit"}},
    Route{.path = "/api/v1/log", .endpoint = Endpoint::kLog, .parameters = {"limit"}},
    Route{.path = "/api/v1/live", .endpoint = Endpoint::kLive},
};

// "3.1", as all programs print it, or the number itself.
std::optional<std::uint64_t> workerIn(std::string_view part) {
  std::size_t point = part.find('.');
  if (point == part.npos) return parseWhole(part, 1, kCountEnd - 1).value;
  auto epoch = parseWhole(part.substr(0, point), 0, (kCountEnd - 1) / kWorkersPerEpoch - 1).value;
  auto serial = parseWhole(part.substr(point + 1), 1, kWorkersPerEpoch - 1).value;
  if (!epoch || !serial) return std::nullopt;
  return number(workerIdOf(*epoch, *serial));
}

std::optional<std::uint64_t> idIn(std::string_view part, bool isOfJob) {
  if (!isOfJob) return workerIn(part);
  if (part == "last") return 0;
  return parseWhole(part, 1, kCountEnd - 1).value;
}

// The number in a path that has this pattern, or 0 without one.
std::optional<std::uint64_t> matched(std::string_view pattern,
                                     const std::vector<std::string_view>& path) {
  const std::vector<std::string_view> wanted = partsOf(pattern).value();
  if (wanted.size() != path.size()) return std::nullopt;
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (wanted[i] == "{id}") {
      std::optional<std::uint64_t> found = idIn(path[i], wanted[i - 1] == "jobs");
      if (!found) return std::nullopt;
      id = *found;
    } else if (wanted[i] != path[i]) {
      return std::nullopt;
    }
  }
  return id;
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

RouteMatch findRoute(Method method, std::string_view path) {
  RouteMatch match;
  std::optional<std::vector<std::string_view>> parts = partsOf(path);
  if (!parts) return match;
  for (const Route& route : kRoutes) {
    std::optional<std::uint64_t> id = matched(route.path, *parts);
    if (!id) continue;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += route.method == Method::kGet ? "GET, HEAD" : "POST";
    bool isIt = route.method == (method == Method::kHead ? Method::kGet : method);
    if (!isIt) continue;
    match.route = &route;
    match.id = *id;
  }
  return match;
}

}  // namespace pi::scheduler::http
