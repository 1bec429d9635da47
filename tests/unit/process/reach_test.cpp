#include "scheduler/reach.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

using Addresses = std::vector<Address>;
const Addresses kLocal = {{"127.0.0.1", 1}, {"::1", 1}};

bool mentions(const std::optional<std::string>& text, const std::string& part) {
  return text && text->find(part) != std::string::npos;
}

TEST_CASE("a scheduler warns if only programs on its own machine can reach it") {
  CHECK(mentions(reachWarning({}, {}), "no address that other machines can reach"));
  CHECK(mentions(reachWarning(kLocal, {}), "no address that other machines can reach"));
  CHECK(mentions(reachWarning({{"127.0.1.1", 8786}}, {.host = "login1"}),
                 "--host login1 means 127.0.1.1"));
  CHECK(mentions(reachWarning({{"::1", 8786}}, {.host = "login1"}), "--host login1 means ::1"));
}

TEST_CASE("a scheduler does not warn if it can be reached, or was asked for loopback addresses") {
  CHECK_FALSE(reachWarning({{"10.0.0.1", 1}, {"127.0.0.1", 1}}, {}));
  CHECK_FALSE(reachWarning({{"fd00::1", 1}}, {.host = "login1"}));
  CHECK_FALSE(reachWarning({{"gateway.example", 9}, {"127.0.1.1", 1}}, {.host = "login1"}));
  for (const char* host : {"localhost", "127.0.0.1", "127.3.2.1", "::1"}) {
    CHECK_FALSE(reachWarning(kLocal, {.host = host}));
  }
  CHECK_FALSE(reachWarning(kLocal, {.interface = "lo"}));
  ServeOptions insecure;
  insecure.access.insecure = true;
  CHECK_FALSE(reachWarning(kLocal, insecure));
  insecure.insecureNetwork = true;
  CHECK(reachWarning(kLocal, insecure));
}

}  // namespace
}  // namespace pi::scheduler
