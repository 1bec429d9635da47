#include "client/failure.h"

#include <doctest/doctest.h>

#include "common/net/loop/kj_loop.h"
#include "proto/pi.capnp.h"

namespace pi::client {
namespace {

// A scheduler that was built before Job had these methods.
class EarlierJob final : public wire::Job::Server {};

TEST_CASE("a request that an earlier scheduler does not know is answered with the remedy") {
  net::KjLoop loop;
  wire::Job::Client job = kj::heap<EarlierJob>();
  std::string sentence;
  try {
    job.endedLeasesRequest().send().wait(loop.waitScope());
  } catch (...) {
    Failure failure = currentFailure();
    CHECK(failure.code() == ExitCode::kFailed);
    sentence = failure.what();
  }
  CHECK(sentence ==
        "the scheduler is of an earlier release and does not know this request; update it, or use "
        "the pi-client of its release");
}

}  // namespace
}  // namespace pi::client
