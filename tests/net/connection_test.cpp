#include "common/net/connection.h"

#include <doctest/doctest.h>

#include "tests/net/testing.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;

namespace {

class NumberedJob final : public wire::Job::Server {
 public:
  explicit NumberedJob(std::uint64_t id) : id_(id) {}

 private:
  kj::Promise<void> info(InfoContext context) override {
    context.getResults().initInfo().setId(id_);
    return kj::READY_NOW;
  }

  std::uint64_t id_;
};

std::uint64_t idOf(wire::Job::Client job, KjLoop& loop) {
  return job.infoRequest().send().wait(loop.waitScope()).getInfo().getId();
}

}  // namespace

TEST_CASE("a peer calls the door that it was given") {
  KjLoop loop;
  auto [a, b] = tcpPair(loop);
  Connection server(messageSocket(loop, std::move(a)), kj::heap<NumberedJob>(42));
  Connection client(messageSocket(loop, std::move(b)));

  CHECK(idOf(client.bootstrap().castAs<wire::Job>(), loop) == 42);
}
