// A peer's bytes behind the TLS layer: a message socket, the RPC system, the gate of each role, the
// scheduler's shell and core.  Whatever comes, the scheduler goes on and the peer is let go.
#include <kj/async.h>
#include <spdlog/spdlog.h>

#include <array>
#include <asio/local/connect_pair.hpp>
#include <asio/write.hpp>
#include <string>

#include "common/base/check.h"
#include "common/net/rpc/connection.h"
#include "scheduler/gate.h"
#include "scheduler/reactor.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/rpc_secret.h"

using namespace pi;
using namespace pi::scheduler;

namespace {

using Local = asio::local::stream_protocol;

// The loop's own threads and files are made once.
net::KjLoop& loop() {
  static net::KjLoop loop;
  spdlog::set_level(spdlog::level::off);
  return loop;
}

// Writes all it has to say, ends, and takes whatever is answered until the other side ends too.
class Peer {
 public:
  explicit Peer(Local::socket socket) : socket_(std::move(socket)) {
    auto [promise, fulfiller] = kj::newPromiseAndFulfiller<void>();
    ended_ = kj::mv(promise);
    fulfiller_ = kj::mv(fulfiller);
  }

  void say(std::span<const std::uint8_t> bytes) {
    asio::error_code ignored;
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
    socket_.shutdown(Local::socket::shutdown_send, ignored);
    read();
  }
  // Without it asio would still have the buffer.
  void awaitEnd() { ended_.wait(loop().waitScope()); }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(answer_), [this](asio::error_code error, std::size_t) {
      if (error) return fulfiller_->fulfill();
      read();
    });
  }

  Local::socket socket_;
  std::array<char, 4096> answer_{};
  kj::Promise<void> ended_ = nullptr;
  kj::Own<kj::PromiseFulfiller<void>> fulfiller_;
};

void visit(Reactor& reactor, Role role, std::span<const std::uint8_t> bytes) {
  Local::socket ours(loop().io()), theirs(loop().io());
  asio::local::connect_pair(ours, theirs);
  Peer peer(std::move(theirs));
  auto visit = kj::refcounted<Visit>();
  auto socket = kj::heap<net::MessageSocket>(net::bufferedSocket(loop(), std::move(ours)));
  auto connection =
      kj::heap<net::Connection>(kj::mv(socket), makeGate(reactor, kj::addRef(*visit), role));
  peer.say(bytes);
  connection->onDisconnect().wait(loop().waitScope());
  if (visit->seat) reactor.lose(*visit->seat);
  connection = nullptr;
  peer.awaitEnd();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kBytesMax = 64 << 10;  // They fit into the socket's own buffer.
  if (size > kBytesMax) return 0;
  fuzz::Input input(data, size);
  constexpr std::array kRoles = {Role::kAnyone, Role::kWorker, Role::kClient, Role::kOwner};
  Role role = kRoles[input.below(kRoles.size())];

  Reactor reactor(loop(), Config{.blockSamples = 1},
                  Reactor::Inheritance{.saved = {.jobs = {}, .lastJob = {}, .epoch = 1},
                                       .secret = std::string(fuzz::kRpcSecret)});
  // There is work to be lent.
  auto submitted = reactor.submit({.samples = 1'000'000, .chunkSize = 1000}, "first");
  PI_CHECK(submitted.wait(loop().waitScope()).job == JobId{1});
  visit(reactor, role, input.rest());
  reactor.checkInvariants();
  if (role == Role::kClient) PI_CHECK(reactor.workers().empty());
  if (role == Role::kWorker) PI_CHECK(reactor.jobs().size() == 1);
  return 0;
}
