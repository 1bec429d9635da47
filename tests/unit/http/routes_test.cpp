#include "scheduler/http/routes.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

using namespace pi::scheduler::http;

TEST_CASE("every route is found by its path and method") {
  for (const Route& route : routes()) {
    std::string path(route.path);
    CAPTURE(path);
    if (auto at = path.find("{id}"); at != path.npos) path.replace(at, 4, "17");
    RouteMatch match = findRoute(route.method, path);
    REQUIRE(match.route == &route);
    CHECK(match.id == (path.find("17") == path.npos ? 0 : 17));
    CHECK_FALSE(match.allowed.empty());
  }
}

TEST_CASE("HEAD has the routes of GET") {
  CHECK(findRoute(Method::kHead, "/metrics").route == findRoute(Method::kGet, "/metrics").route);
  CHECK(findRoute(Method::kHead, "/metrics").route != nullptr);
}

TEST_CASE("a known path with another method names the methods that it has") {
  RouteMatch match = findRoute(Method::kOther, "/metrics");
  CHECK(match.route == nullptr);
  CHECK(match.allowed == "GET, HEAD");
}

TEST_CASE("an id is a whole number, or 'last' for a job") {
  CHECK(findRoute(Method::kGet, "/api/v1/jobs/last").id == 0);
  CHECK(findRoute(Method::kGet, "/api/v1/jobs/last").route != nullptr);
  CHECK(findRoute(Method::kGet, "/api/v1/jobs/9223372036854775807").id == 9223372036854775807u);
  for (const char* path : {"/api/v1/jobs/0", "/api/v1/jobs/-1", "/api/v1/jobs/x", "/api/v1/jobs/1x",
                           "/api/v1/jobs/9223372036854775808", "/api/v1/workers/last",
                           "/api/v1/jobs/", "/api/v1/jobs//", "/api/v1/jobs/1/", "/api/v1",
                           "/API/v1/jobs", "//", "/nothing", "/style.css/x"}) {
    CAPTURE(path);
    CHECK(findRoute(Method::kGet, path).allowed.empty());
  }
}

TEST_CASE("a worker is called by its number, or as people read it") {
  CHECK(findRoute(Method::kGet, "/api/v1/workers/3000000001").id == 3000000001u);
  CHECK(findRoute(Method::kGet, "/api/v1/workers/3.1").id == 3000000001u);
  CHECK(findRoute(Method::kGet, "/api/v1/workers/3.1/leases").id == 3000000001u);
  for (const char* id : {"3.", ".1", "3.0", "3.1000000000", "3.1.1", "9999999999.1", "-3.1"}) {
    CAPTURE(id);
    CHECK(findRoute(Method::kGet, "/api/v1/workers/" + std::string(id)).allowed.empty());
  }
  CHECK(findRoute(Method::kGet, "/api/v1/jobs/3.1").allowed.empty());
}

TEST_CASE("only the health, the readiness and the files of the pages need no token") {
  const std::set<std::string_view> open = {"/health",       "/ready",    "/style.css",
                                           "/dashboard.js", "/icon.svg", "/plain.css"};
  for (const Route& route : routes()) {
    CAPTURE(route.path);
    CHECK((route.need == Need::kNothing) == open.contains(route.path));
  }
}
