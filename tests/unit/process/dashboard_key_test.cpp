#include "scheduler/dashboard_key.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "common/net/secrets/private_file.h"
#include "common/net/tls/web_certificate.h"
#include "tests/unit/process/scratch.h"

namespace pi::scheduler {
namespace {

using namespace std::chrono_literals;
using testing::contentOf;
using testing::mentions;
using testing::refusalOf;
namespace fs = std::filesystem;

constexpr WallTime kToday{std::chrono::sys_days{std::chrono::year{2030} / 5 / 17}};
const std::vector<std::string> kHosts = {"login1", "192.0.2.2"};

struct Fixture {
  Fixture() { net::makePrivateDirectory(directory); }
  net::Secret load(const std::vector<std::string>& hosts = kHosts, WallTime now = kToday) const {
    return loadDashboardKey(directory, hosts, now);
  }

  TemporaryFolder scratch;
  fs::path directory = scratch.path() / "state";
  fs::path file = directory / "dashboard.pem";
};

TEST_CASE("the dashboard's certificate is made once, for its owner alone, and kept") {
  Fixture state;
  net::Secret key = state.load();
  CHECK(net::isWebKeyPairFor(key, kHosts, kToday));
  CHECK(fs::status(state.file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(contentOf(state.file) == key.reveal());
  CHECK(state.load() == key);
  CHECK(state.load({"login1"}, kToday + 24h) == key);  // A name that is gone does no harm.
}

TEST_CASE("the dashboard's certificate is replaced if it lacks a name, or ends soon") {
  Fixture state;
  net::Secret first = state.load();
  net::Secret second = state.load({"login1", "login2"});
  CHECK(second != first);
  CHECK(net::isWebKeyPairFor(second, {"login1", "login2"}, kToday));
  CHECK(state.load({"login1", "login2"}) == second);
  WallTime late = kToday + net::kWebCertificateLife - kCertificateTimeLeft;
  net::Secret third = state.load({"login2"}, late);
  CHECK(third != second);
  CHECK(net::isWebKeyPairFor(third, {"login2"}, late + 24h));
}

TEST_CASE("a dashboard's key that others could read, or that is damaged, is refused") {
  Fixture state;
  static_cast<void>(state.load());
  REQUIRE(::chmod(state.file.c_str(), 0640) == 0);
  std::string open = refusalOf([&] { return state.load(); });
  CHECK(mentions(open, "the dashboard's key " + state.file.string() + " could be read by others"));
  REQUIRE(::chmod(state.file.c_str(), 0600) == 0);
  std::ofstream(state.file) << "short";
  CHECK(mentions(refusalOf([&] { return state.load(); }), "is damaged; remove the file"));
}

}  // namespace
}  // namespace pi::scheduler
