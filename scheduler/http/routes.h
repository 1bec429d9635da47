// The paths of the HTTP door, and the right that a request of each needs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scheduler/http/request.h"

namespace pi::scheduler::http {

enum class Endpoint {
  kPage,
  kFile,
  kPlainPage,
  kPlainStyle,
  kHealth,
  kReady,
  kMetrics,
  kCluster,
  kJobs,
  kJob,
  kConvergence,
  kWorkers,
  kWorker,
  kLeases,
  kLog,
  kLive,
  kSubmit,
  kCancel,
  kPriority,
};

// The right that a request needs.
enum class Need { kNothing, kObserving, kControl };

struct Route {
  std::string_view path;  // "{id}" is a number, "last" for a job, "3.1" for a worker.
  Method method = Method::kGet;
  Need need = Need::kObserving;
  Endpoint endpoint{};
  std::array<std::string_view, 2> parameters{};  // The names that its query may have.
};

std::span<const Route> routes();

struct RouteMatch {
  const Route* route = nullptr;  // Null if the path has no route with this method.
  std::uint64_t id = 0;          // 0 for "last", and for a path without a number.
  std::string allowed{};  // The methods of this path, "GET, HEAD"; empty for an unknown path.
};

// A HEAD request has the route of a GET request.
RouteMatch findRoute(Method method, std::string_view path);

}  // namespace pi::scheduler::http
