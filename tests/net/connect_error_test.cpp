#include "common/net/transport/connect_error.h"

#include <doctest/doctest.h>
#include <kj/async.h>
#include <kj/debug.h>

#include "common/net/loop/kj_loop.h"
#include "tests/net/testing.h"

using namespace pi::net;
using namespace pi::net::testing;

namespace {

constexpr ConnectFailure kAll[] = {ConnectFailure::kUnreachable, ConnectFailure::kNotAScheduler,
                                   ConnectFailure::kSilent,      ConnectFailure::kFull,
                                   ConnectFailure::kRefused,     ConnectFailure::kTimedOut,
                                   ConnectFailure::kLost};

std::string sentenceOf(const char* description) {
  return pi::net::sentenceOf(
      kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__, kj::heapString(description)));
}

}  // namespace

TEST_CASE("a promise that fails keeps the reason and the sentence") {
  KjLoop loop;
  for (ConnectFailure kind : kAll) {
    CAPTURE(static_cast<int>(kind));
    kj::Promise<void> failed = asException({kind, "the disk is full; free some space"});
    auto fork = failed.fork();
    auto failure = failureOf(
        fork.addBranch().then([] {}).exclusiveJoin(kj::Promise<void>(kj::NEVER_DONE)), loop);
    const kj::Exception& exception = KJ_ASSERT_NONNULL(failure);
    CHECK(connectFailureOf(exception) == kind);
    CHECK(connectFailureOf(kj::Exception(exception)) == kind);
    CHECK(isLost(exception) == (kind == ConnectFailure::kLost));
    CHECK(pi::net::sentenceOf(exception) == "the disk is full; free some space");
  }
}

TEST_CASE("an exception of the RPC system says that the connection was lost, or our key refused") {
  CHECK(connectFailureOf(KJ_EXCEPTION(DISCONNECTED, "gone")) == ConnectFailure::kLost);
  CHECK(connectFailureOf(KJ_EXCEPTION(UNIMPLEMENTED, "no method")) == ConnectFailure::kRefused);
}

TEST_CASE("a method that a peer does not have is told from other failures") {
  CHECK(isUnknownCall(KJ_EXCEPTION(UNIMPLEMENTED, "no method")));
  CHECK_FALSE(isUnknownCall(KJ_EXCEPTION(FAILED, "no such job")));
  CHECK_FALSE(isUnknownCall(disconnected("gone")));
}

TEST_CASE("an error of the call itself says nothing about the connection") {
  CHECK_FALSE(connectFailureOf(KJ_EXCEPTION(FAILED, "no such job")).has_value());
  CHECK_FALSE(connectFailureOf(KJ_EXCEPTION(OVERLOADED, "too many calls")).has_value());
  CHECK_FALSE(isLost(KJ_EXCEPTION(FAILED, "no such job")));
}

TEST_CASE("people read an exception's sentence without the words of KJ") {
  CHECK(sentenceOf("no such job") == "no such job");
  CHECK(sentenceOf("remote exception: no such job; see list") == "no such job; see list");
  CHECK(sentenceOf("remote exception: expected a < b [2 < 1]; the end is early") ==
        "the end is early");
  CHECK(sentenceOf("remote exception: \x1b[2J\n") == "?[2J?");
}
