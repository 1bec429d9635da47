#include "common/net/rpc/connection.h"

#include <capnp/rpc.capnp.h>
#include <doctest/doctest.h>
#include <kj/vector.h>

#include <asio/error.hpp>
#include <functional>
#include <vector>

#include "common/net/transport/dial.h"
#include "tests/net/testing.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;

namespace {

// The state behind the servant; it outlives the servant.
struct Desk {
  std::uint64_t id = 0;
  std::size_t waiting = 0;
  std::size_t waitedInAll = 0;
  kj::Vector<kj::Own<kj::PromiseFulfiller<void>>> waiters;
  std::function<void()> onCancel = [] {};
};

class DeskJob final : public wire::Job::Server {
 public:
  explicit DeskJob(Desk& desk) : desk_(desk) {}

 private:
  kj::Promise<void> info(InfoContext context) override {
    context.getResults().initInfo().setId(desk_.id);
    return kj::READY_NOW;
  }

  // A long poll.
  kj::Promise<void> wait(WaitContext context) override {
    context.allowCancellation();
    auto waiter = kj::newPromiseAndFulfiller<void>();
    desk_.waiters.add(kj::mv(waiter.fulfiller));
    ++desk_.waiting;
    ++desk_.waitedInAll;
    return waiter.promise.attach(kj::defer([this] { --desk_.waiting; }));
  }

  kj::Promise<void> cancel(CancelContext) override {
    desk_.onCancel();
    return kj::READY_NOW;
  }

  Desk& desk_;
};

constexpr ConnectionLimits kManyCalls{.callWordsMax = std::size_t{1} << 40,
                                      .callsMax = std::uint64_t{1} << 40};

// A server and its client on one loop.
struct Peers {
  explicit Peers(const ConnectionLimits& limits = {}) {
    auto [first, second] = tcpPair(loop);
    server = kj::heap<Connection>(messageSocket(loop, std::move(first)), kj::heap<DeskJob>(desk),
                                  limits);
    client = kj::heap<Connection>(messageSocket(loop, std::move(second)), limits);
  }

  wire::Job::Client job() { return client->bootstrap().castAs<wire::Job>(); }
  std::uint64_t askId() { return job().infoRequest().send().wait(scope()).getInfo().getId(); }
  kj::WaitScope& scope() { return loop.waitScope(); }
  // Runs the loop until `done` is true.
  void until(const std::function<bool()>& done) {
    for (int turns = 0; !done(); ++turns) {
      REQUIRE(turns < 100'000);
      askId();
    }
  }

  KjLoop loop;
  Desk desk;
  kj::Own<Connection> server;
  kj::Own<Connection> client;
};

// The bytes of `count` calls of Job.wait, as a client sends them before it gets any answer.
std::vector<std::byte> recordedCalls(KjLoop& loop, std::size_t count) {
  auto [ours, recorder] = tcpPair(loop);
  Connection client(messageSocket(loop, std::move(ours)));
  auto job = client.bootstrap().castAs<wire::Job>();
  kj::Vector<kj::Promise<void>> calls;
  for (std::size_t i = 0; i < count; ++i) calls.add(job.waitRequest().send().ignoreResult());
  client.close();

  std::vector<std::byte> bytes;
  std::vector<std::byte> piece(std::size_t{1} << 20);
  recorder.non_blocking(true);
  for (std::error_code error; error != asio::error::eof;) {
    loop.waitScope().poll();
    std::size_t read = recorder.read_some(asio::buffer(piece), error);
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(read));
  }
  return bytes;
}

// Sends protocol messages by hand to its own server, to send what no honest client would.
struct RawClient {
  explicit RawClient(const ConnectionLimits& limits) {
    auto [first, second] = tcpPair(loop);
    server = kj::heap<Connection>(messageSocket(loop, std::move(first)), kj::heap<DeskJob>(desk),
                                  limits);
    socket = messageSocket(loop, std::move(second));
  }

  template <typename Fill>
  void say(Fill fill) {
    capnp::MallocMessageBuilder message;
    fill(message.initRoot<capnp::rpc::Message>());
    socket->writeMessage(message).wait(loop.waitScope());
  }
  void bootstrap(std::uint32_t question) {
    say([=](auto message) { message.initBootstrap().setQuestionId(question); });
  }
  // Calls Job.wait on the result of the question `target`.
  void wait(std::uint32_t question, std::uint32_t target) {
    say([=](auto message) {
      auto call = message.initCall();
      call.setQuestionId(question);
      call.initTarget().initPromisedAnswer().setQuestionId(target);
      call.setInterfaceId(capnp::typeId<wire::Job>());
      call.setMethodId(2);
      call.initParams();
    });
  }
  void finish(std::uint32_t question) {
    say([=](auto message) { message.initFinish().setQuestionId(question); });
  }
  // Reads until the server has answered this question.
  void readAnswer(std::uint32_t question) {
    for (bool isIt = false; !isIt;) {
      auto read = socket->readMessage().wait(loop.waitScope());
      auto message = read->getRoot<capnp::rpc::Message>();
      REQUIRE(message.isReturn());
      isIt = message.getReturn().getAnswerId() == question;
    }
  }
  // Reads until the server has cut us off; returns its reason.
  std::string lastWord() {
    std::string word;
    for (bool isOver = false; !isOver;) {
      auto read = socket->tryReadMessage().wait(loop.waitScope());
      KJ_IF_MAYBE (received, read) {
        auto message = (*received)->getRoot<capnp::rpc::Message>();
        if (message.isAbort()) word = message.getAbort().getReason().cStr();
      } else {
        isOver = true;
      }
    }
    server->onDisconnect().wait(loop.waitScope());
    return word;
  }

  KjLoop loop;
  Desk desk;
  kj::Own<Connection> server;
  kj::Own<MessageSocket> socket;
};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a peer calls the bootstrap capability") {
  Peers peers;
  peers.desk.id = 42;
  CHECK(peers.askId() == 42);
}

TEST_CASE("a pair within one process uses the same protocol") {
  KjLoop loop;
  Desk desk;
  desk.id = 43;
  LocalPair pair = connectLocalPair(loop);
  Connection server(kj::mv(pair.first), kj::heap<DeskJob>(desk));
  Connection client(kj::mv(pair.second));
  auto job = client.bootstrap().castAs<wire::Job>();
  CHECK(job.infoRequest().send().wait(loop.waitScope()).getInfo().getId() == 43);
  CHECK(server.peer() == "this process");
}

TEST_CASE("both sides learn that one of them has closed") {
  for (bool byServer : {true, false}) {
    Peers peers;
    peers.askId();
    auto first = peers.server->onDisconnect();
    auto second = peers.server->onDisconnect();
    (byServer ? peers.server : peers.client)->close();
    first.wait(peers.scope());
    second.wait(peers.scope());
    peers.client->onDisconnect().wait(peers.scope());
    peers.server->onDisconnect().wait(peers.scope());
    peers.server->close();
  }
}

TEST_CASE("destroying a connection fails its peer's calls as disconnected") {
  Peers peers;
  auto call = peers.job().waitRequest().send().ignoreResult();
  peers.until([&] { return peers.desk.waiting == 1; });
  peers.server = nullptr;
  CHECK(isDisconnected(kj::mv(call), peers.loop));
  peers.client->onDisconnect().wait(peers.scope());
}

TEST_CASE("a call may close its own connection") {
  Peers peers;
  auto destroyed =
      peers.server->onDisconnect().then([&] { peers.server = nullptr; }).eagerlyEvaluate(nullptr);
  peers.desk.onCancel = [&] { peers.server->close(); };
  CHECK(isDisconnected(peers.job().cancelRequest().send().ignoreResult(), peers.loop));
  destroyed.wait(peers.scope());
  CHECK(peers.server.get() == nullptr);
}

TEST_CASE("a client learns of the end of a peer that speaks another protocol") {
  KjLoop loop;
  auto [first, second] = tcpPair(loop);
  Connection client(messageSocket(loop, std::move(first)));
  asio::write(second, asio::buffer("HTTP/1.0 400 Bad Request\r\n\r\n", 28));
  client.onDisconnect().wait(loop.waitScope());
  auto job = client.bootstrap().castAs<wire::Job>();
  CHECK(isDisconnected(job.infoRequest().send().ignoreResult(), loop));
}

TEST_CASE("a long poll is cancelled when its caller is gone, and the next one is served") {
  Peers peers;
  {
    auto dropped = peers.job().waitRequest().send();
    peers.until([&] { return peers.desk.waiting == 1; });
  }
  peers.until([&] { return peers.desk.waiting == 0; });

  auto next = peers.job().waitRequest().send();
  peers.until([&] { return peers.desk.waiting == 1; });
  for (auto& waiter : peers.desk.waiters)
    waiter->fulfill();  // Fulfilling the dropped one does nothing.
  next.wait(peers.scope());
}

TEST_CASE("thousands of cancelled calls leave nothing behind") {
  Peers peers;
  auto job = peers.job();
  for (int round = 0; round < 20; ++round) {
    kj::Vector<kj::Promise<void>> calls;
    for (int i = 0; i < 250; ++i) calls.add(job.waitRequest().send().ignoreResult());
    if (round % 2 == 0) peers.askId();
  }
  peers.until([&] { return peers.desk.waiting == 0; });
  CHECK(peers.desk.waitedInAll > 1000);
}

TEST_CASE("a peer with too many calls at a time gets the reason, and is cut off") {
  Peers peers({.callsMax = 100});
  auto job = peers.job();
  kj::Vector<kj::Promise<void>> calls;
  for (int i = 0; i < 90; ++i) calls.add(job.waitRequest().send().ignoreResult());
  peers.until([&] { return peers.desk.waiting == 90; });
  CHECK_FALSE(peers.server->failure());

  for (int i = 0; i < 20; ++i) calls.add(job.waitRequest().send().ignoreResult());
  auto failure = failureOf(kj::mv(calls[0]), peers.loop);
  std::string sentence = KJ_ASSERT_NONNULL(failure).getDescription().cStr();
  CHECK(sentence.find("more than 100 calls at a time") != std::string::npos);
  CHECK(mentions(peers.server->failure().value_or(""), "more than 100 calls at a time"));
  peers.server->onDisconnect().wait(peers.scope());
}

TEST_CASE("an answered call counts until the peer finishes it") {
  RawClient client({.callsMax = 100});
  for (std::uint32_t i = 0; i < 1000; ++i) {
    client.bootstrap(i);
    client.readAnswer(i);
    client.finish(i);
  }
  for (std::uint32_t i = 0; i < 101; ++i) client.bootstrap(i);
  CHECK(mentions(client.lastWord(), "more than 100 calls at a time"));
}

TEST_CASE("a number may be used again once its call is answered and finished") {
  RawClient client({.callsMax = 3});
  client.bootstrap(0);
  for (int i = 0; i < 100; ++i) {
    client.wait(1, 0);
    client.finish(1);  // The call is not answered yet, so it is cancelled.
    client.readAnswer(1);
    client.bootstrap(2);
    client.readAnswer(2);
    client.finish(2);
  }
  CHECK_FALSE(client.server->failure());
}

TEST_CASE("finishing one call many times does not allow more calls") {
  RawClient client({.callsMax = 100});
  client.bootstrap(0);
  client.wait(1, 0);
  client.wait(2, 1);  // It waits for the call before, and is not cancelled.
  for (int i = 0; i < 1000; ++i) client.finish(2);
  for (std::uint32_t i = 3; i < 1000; ++i) client.bootstrap(i);
  CHECK(mentions(client.lastWord(), "finished a call that is not open"));
}

TEST_CASE("a peer that finishes an unknown call, or uses a number twice, is cut off") {
  {
    RawClient finisher({});
    finisher.finish(7);
    CHECK(mentions(finisher.lastWord(), "finished a call that is not open"));
  }
  RawClient asker({});
  asker.bootstrap(0);
  asker.wait(1, 0);
  asker.wait(1, 0);
  CHECK(mentions(asker.lastWord(), "a call has the number of one that is open"));
}

TEST_CASE("a peer that closes or destroys its connection is not reported as a failure") {
  for (bool inOrder : {true, false}) {
    Peers peers;
    peers.askId();
    if (inOrder) peers.client->close();
    if (!inOrder) peers.client = nullptr;
    peers.server->onDisconnect().wait(peers.scope());
    CHECK_FALSE(peers.server->failure());
  }
}

TEST_CASE("a peer whose message is too large gets the reason") {
  KjLoop loop;
  auto [first, second] = tcpPair(loop);
  Desk desk;
  Connection server(messageSocket(loop, std::move(first)), kj::heap<DeskJob>(desk));
  auto client = messageSocket(loop, std::move(second));
  client->writeMessage(*messageOf(9 << 20)).wait(loop.waitScope());
  auto last = client->readMessage().wait(loop.waitScope());
  auto abort = last->getRoot<capnp::rpc::Message>().getAbort();
  CHECK(std::string(abort.getReason().cStr()).find("no valid message") != std::string::npos);
  server.onDisconnect().wait(loop.waitScope());
}

TEST_CASE("peers may connect and disconnect at any moment") {
  Peers stayer;
  for (int i = 0; i < 200; ++i) {
    auto [first, second] = tcpPair(stayer.loop);
    auto server = kj::heap<Connection>(messageSocket(stayer.loop, std::move(first)),
                                       kj::heap<DeskJob>(stayer.desk));
    auto client = kj::heap<Connection>(messageSocket(stayer.loop, std::move(second)));
    auto call = client->bootstrap().castAs<wire::Job>().waitRequest().send();
    for (int turn = 0; turn < i % 7; ++turn) stayer.askId();
    if (i % 2 == 0) server = nullptr;
    if (i % 3 == 0) client = nullptr;
    for (int turn = 0; turn < i % 5; ++turn) stayer.askId();
  }
  CHECK(stayer.askId() == 0);
}

TEST_CASE("a client may end with 200,000 calls queued in one turn of the loop") {
  Peers peers(kManyCalls);
  auto job = peers.job();
  kj::Vector<kj::Promise<void>> calls;
  for (int i = 0; i < 200'000; ++i) calls.add(job.waitRequest().send().ignoreResult());
  calls.clear();
  peers.client = nullptr;
  peers.server->onDisconnect().wait(peers.scope());
}

TEST_CASE("a connection may end with 200,000 replies queued for a peer that does not read") {
#ifdef __SANITIZE_ADDRESS__
  constexpr std::size_t kCalls = 50'000;  // Frames on the stack are larger, and everything slower.
#else
  constexpr std::size_t kCalls = 200'000;
#endif
  Peers peers(kManyCalls);
  std::vector<std::byte> calls = recordedCalls(peers.loop, kCalls);
  auto [ours, peer] = tcpPair(peers.loop);
  auto server = kj::heap<Connection>(messageSocket(peers.loop, std::move(ours)),
                                     kj::heap<DeskJob>(peers.desk), kManyCalls);
  asio::async_write(peer, asio::buffer(calls), [](std::error_code, std::size_t) {});
  peers.until([&] { return peers.desk.waiting == kCalls; });

  for (auto& waiter : peers.desk.waiters) waiter->fulfill();
  peers.until([&] { return peers.desk.waiting == 0; });
  server = nullptr;
  CHECK(peers.askId() == 0);
}
