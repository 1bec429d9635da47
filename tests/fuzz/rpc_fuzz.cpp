// A peer's bytes behind the TLS layer: a message socket, the RPC system, the gate of each role, the
// scheduler's services and core.  The scheduler survives any bytes, and forgets the peer.
#include <kj/async.h>

#include <asio/local/connect_pair.hpp>
#include <string>

#include "common/base/check.h"
#include "common/net/rpc/connection.h"
#include "scheduler/rpc/gate.h"
#include "scheduler/service/scheduler_service.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/local_peer.h"
#include "tests/fuzz/rpc_secret.h"

using namespace pi;
using namespace pi::scheduler;

namespace {

void visit(SchedulerService& service, Role role, std::span<const std::uint8_t> bytes) {
  fuzz::Local::socket ours(fuzz::loop().io()), theirs(fuzz::loop().io());
  asio::local::connect_pair(ours, theirs);
  fuzz::LocalPeer peer(std::move(theirs));
  auto session = kj::refcounted<PeerSession>();
  auto socket = kj::heap<net::MessageSocket>(net::bufferedSocket(fuzz::loop(), std::move(ours)));
  auto connection = kj::heap<net::Connection>(kj::mv(socket),
                                              makeGate(service, kj::addRef(*session), role, "id"));
  peer.say(bytes);
  connection->onDisconnect().wait(fuzz::loop().waitScope());
  if (session->worker) service.workers().lose(*session->worker);
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

  SchedulerService service(
      fuzz::loop(), Config{.block = {.random = 1}},
      SchedulerService::Inheritance{.saved = {.jobs = {}, .lastJob = {}, .epoch = 1},
                                    .secret = std::string(fuzz::kRpcSecret)});
  // There is work to lend.
  auto submitted = service.clients()
                       .submit({.samples = 1'000'000, .chunkSize = 1000}, "first")
                       .wait(fuzz::loop().waitScope());
  PI_CHECK(std::get<ClientService::Submitted>(submitted).job == JobId{1});
  visit(service, role, input.rest());
  service.checkInvariants();
  bool isClient = role == Role::kClient || role == Role::kOwner;
  if (isClient) PI_CHECK(service.clients().workers().empty());
  if (role == Role::kWorker) PI_CHECK(service.clients().jobCount() == 1);
  return 0;
}
