// A visitor's bytes at the HTTP door: the limits on heads, kj-http, the verdict on the request, the
// pages and the changes, the scheduler's services and core; or what follows when a WebSocket of the
// live view is open.  The scheduler survives any bytes, and a stranger changes nothing.
#include <kj/async.h>

#include <asio/local/connect_pair.hpp>
#include <string>

#include "common/base/check.h"
#include "scheduler/http/door.h"
#include "scheduler/http/pages.h"
#include "scheduler/service/scheduler_service.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/local_peer.h"
#include "tests/net/web_socket.h"

using namespace pi;
using namespace pi::scheduler;

namespace {

const std::string kToken = "0123456789";

http::DoorKeys keysFor(bool isClosed) {
  http::DoorKeys keys{.names = {"login1"}};
  if (isClosed) keys.observer.emplace(net::Secret(kToken));
  return keys;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kBytesMax = 64 << 10;  // They fit into the socket's own buffer.
  if (size > kBytesMax) return 0;
  fuzz::Input input(data, size);
  std::size_t kind = input.below(3);  // No token is asked; one is; a live view is open.
  bool isClosed = kind == 1, isLive = kind == 2;

  SchedulerService service(fuzz::loop(), Config{.block = {.random = 1}});
  auto submitted = service.clients()
                       .submit({.samples = 1'000'000, .chunkSize = 1000}, "first")
                       .wait(fuzz::loop().waitScope());
  PI_CHECK(std::get<ClientService::Submitted>(submitted).job == JobId{1});
  http::Pages pages(fuzz::loop(), service, {});
  http::Door door(fuzz::loop(), keysFor(isClosed), pages);
  pages.setDoor(door);

  fuzz::Local::socket ours(fuzz::loop().io()), theirs(fuzz::loop().io());
  asio::local::connect_pair(ours, theirs);
  fuzz::LocalPeer visitor(std::move(theirs));
  door.admit(net::bufferedSocket(fuzz::loop(), std::move(ours)));
  if (isLive) {
    visitor.ask("GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n" + testing::kUpgradeHeaders +
                "\r\n");
    PI_CHECK(visitor.heard().starts_with("HTTP/1.1 101 "));
  }
  visitor.say(input.rest());
  visitor.awaitEnd();

  service.checkInvariants();
  PI_CHECK(door.connections() == 0);
  PI_CHECK(door.viewers() == 0);
  PI_CHECK(door.counts().failed == 0);
  PI_CHECK(visitor.heard().empty() || visitor.heard().starts_with("HTTP/1.1 "));
  if (isClosed) {  // No control session is open.
    PI_CHECK(service.clients().jobCount() == 1);
    JobInfo job = std::get<JobInfo>(service.clients().find(JobId{1}));
    PI_CHECK(!isOver(job.state) && job.spec.priority == 0);
    bool mayKnowToken = input.text().find(kToken) != std::string::npos;
    if (!mayKnowToken) PI_CHECK(visitor.heard().find("\"schema\"") == std::string::npos);
  }
  return 0;
}
