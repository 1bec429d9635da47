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
  for (const char* everywhere : {"0.0.0.0", "0", "::", "0:0::0"}) {
    CAPTURE(everywhere);
    CHECK(mentions(reachWarning(kLocal, {.host = everywhere}),
                   "no address that other machines can reach"));
  }
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

TEST_CASE("a change of an interface's addresses is a warning, their order is not") {
  const Addresses bound = {{"10.0.0.1", 8786}, {"fd00::1", 8786}};
  CHECK_FALSE(interfaceWarning("ib0", bound, {"10.0.0.1", "fd00::1"}));
  CHECK_FALSE(interfaceWarning("ib0", bound, {"fd00::1", "10.0.0.1"}));
  CHECK(interfaceWarning("ib0", bound, {"10.0.0.2", "fd00::1"}) ==
        "the interface ib0 now has 10.0.0.2, fd00::1, but the scheduler listens on what it had at "
        "the start, 10.0.0.1, fd00::1; restart the scheduler to listen on others");
  CHECK(mentions(interfaceWarning("ib0", bound, {"10.0.0.1", "fd00::1", "10.0.0.2"}), "10.0.0.2"));
  CHECK(mentions(interfaceWarning("ib0", bound, {}), "ib0 now has no address, but"));
}

}  // namespace
}  // namespace pi::scheduler
