#include "tests/tidy/layers.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/tidy/testing.h"

namespace pi::tidy {

TEST_CASE("every file includes only what its layer allows") {
  CHECK(offenders(brokenLayers) == "");

  auto broken = [](const std::string& path, const char* included) {
    return !offence(brokenLayers, path, std::string("#include ") + included).empty();
  };
  for (std::string pure :
       {"common/base/a.h", "scheduler/core/a.cpp", "worker/core/a.cpp", "worker/kernels/a.cpp"}) {
    CAPTURE(pure);
    for (const char* impure : {"<asio.hpp>", "<asio/post.hpp>", "<kj/async.h>", "<capnp/rpc.h>",
                               "<spdlog/spdlog.h>", "<thread>", "<iostream>", "<mutex>",
                               "\"common/net/loop/clock.h\"", "\"proto/pi.capnp.h\""}) {
      CHECK(broken(pure, impure));
    }
    CHECK_FALSE(broken(pure, "<vector>"));
    CHECK_FALSE(broken(pure, "\"common/base/tally.h\""));
  }
  CHECK(broken("scheduler/core/a.cpp", "\"scheduler/reactor.h\""));
  CHECK(broken("common/net/a.cpp", "\"worker/core/a.h\""));
  CHECK(broken("scheduler/reactor.cpp", "\"worker/core/a.h\""));
  CHECK(broken("worker/reactor.cpp", "\"scheduler/core/a.h\""));
  CHECK(broken("scheduler/store/a.cpp", "\"common/net/loop/clock.h\""));
  CHECK(broken("scheduler/store/a.cpp", "\"scheduler/core/scheduler.h\""));
  CHECK(broken("scheduler/store/a.cpp", "<spdlog/spdlog.h>"));
  CHECK_FALSE(broken("scheduler/store/a.cpp", "<sqlite3.h>"));
  CHECK_FALSE(broken("scheduler/store/a.cpp", "<thread>"));
  CHECK(broken("worker/compute_pool.cpp", "<immintrin.h>"));
  CHECK_FALSE(broken("worker/kernels/avx2.cpp", "<immintrin.h>"));
  CHECK(broken("worker/gpu/kernels.cu", "\"common/model/job.h\""));
  CHECK_FALSE(broken("worker/gpu/kernels.cu", "\"worker/gpu/launch.h\""));
  CHECK_FALSE(broken("worker/reactor.cpp", "<asio.hpp>"));
  CHECK_FALSE(broken("client/embedded.cpp", "\"scheduler/reactor.h\""));
  CHECK(broken("scheduler/options.cpp", "\"client/options.h\""));
  CHECK(broken("common/net/tls/tls.cpp", "\"common/net/rpc/connection.h\""));
  CHECK(broken("common/base/a.h", "\"common/model/job.h\""));
  CHECK(broken("scheduler/service/a.h", "<capnp/capability.h>"));
  CHECK(broken("scheduler/service/a.h", "\"common/wire/wire.h\""));
  CHECK(broken("scheduler/http/a.h", "\"scheduler/rpc/gate.h\""));
  CHECK(broken("scheduler/http/a.h", "<capnp/capability.h>"));
  CHECK_FALSE(broken("scheduler/http/a.h", "<kj/compat/http.h>"));
  CHECK(broken("scheduler/rpc/a.cpp", "\"scheduler/store/database.h\""));
  CHECK(broken("client/commands.cpp", "\"scheduler/reactor.h\""));
  CHECK(broken("client/embedded.cpp", "\"scheduler/core/scheduler.h\""));
  CHECK(broken("client/options.cpp", "\"common/net/loop/clock.h\""));
  CHECK(broken("tests/simulation/a.cpp", "\"scheduler/reactor.h\""));
  CHECK_FALSE(broken("tests/simulation/a.cpp", "\"worker/core/worker.h\""));
}

TEST_CASE("a folder without a row in the table of layers is an offence") {
  CHECK(offence(brokenLayers, "scheduler/elsewhere/a.cpp", "int a;\n") ==
        "scheduler/elsewhere/a.cpp:1: its folder has no row in tests/tidy/layers.cpp");
  CHECK(offence(brokenLayers, "docs/a.md", "text\n").empty());
}

}  // namespace pi::tidy
