// Writes the files of the corpus that are messages: record CORPUS-DIRECTORY
//
// Run it when the wire schema has changed.  The calls get no answer: each call uses the promised
// result of the one before (pipelining), so that all bytes are sent at once.
#include <capnp/serialize.h>
#include <kj/vector.h>

#include <array>
#include <asio/local/connect_pair.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "common/net/rpc/client_link.h"
#include "common/net/rpc/connection.h"
#include "common/wire/history.h"
#include "common/wire/wire.h"
#include "scheduler/service/tickets.h"
#include "tests/fuzz/rpc_secret.h"
#include "tests/net/tls_testing.h"

using namespace pi;

namespace {

namespace fs = std::filesystem;
using Local = asio::local::stream_protocol;
using Calls = kj::Vector<kj::Promise<void>>;

// The worker and the old lease are from the epoch before the scheduler's; kLease is from its own.
constexpr WorkerId kWorker{5};
constexpr LeaseId kOldLease{7};
constexpr LeaseId kLease{(std::uint64_t{1} << 44) + 1};
constexpr std::uint32_t kJob = 1;

void write(const fs::path& path, char first, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << first << bytes;
  std::printf("%s: %zu bytes\n", path.c_str(), bytes.size() + 1);
}

// The bytes that a peer sends when it makes these calls.
std::string sentBy(const std::function<void(capnp::Capability::Client, Calls&)>& call) {
  net::KjLoop loop;
  Local::socket ours(loop.io()), theirs(loop.io());
  asio::local::connect_pair(ours, theirs);
  auto socket = kj::heap<net::MessageSocket>(net::bufferedSocket(loop, std::move(ours)));
  net::Connection connection(kj::mv(socket));
  Calls calls;
  call(connection.bootstrap(), calls);
  for (int turn = 0; turn < 10; ++turn) kj::evalLater([] {}).wait(loop.waitScope());
  loop.waitScope().poll();
  std::string bytes(64 << 10, '\0');
  asio::error_code ignored;
  theirs.non_blocking(true);
  bytes.resize(theirs.read_some(asio::buffer(bytes), ignored));
  return bytes;
}

LeaseTally someTally(std::uint64_t end, LeaseId lease = kLease) {
  LeaseTally tally{.lease = lease, .job = JobId{kJob}, .tally = {}, .busy = Duration(1'000'000)};
  tally.tally.range = {.begin = 0, .end = end};
  tally.tally.hits.strata[0] = end / 2;
  tally.sequence = 1;
  return tally;
}

template <typename Request>
void setDone(Request&& request, const std::vector<LeaseTally>& done) {
  toWire(done, request.initDone(static_cast<capnp::uint>(done.size())));
}

Lease someLease() {
  Lease lease{
      .id = kOldLease, .job = JobId{kJob}, .stream = {}, .range = {.begin = 0, .end = 1000}};
  lease.ticket = scheduler::Tickets(fuzz::kRpcSecret, {{0, {}}}).ticketFor(kWorker, lease);
  return lease;
}

WorkerProfile someProfile() {
  return {.name = "node 1",
          .host = "node1",
          .pid = 99,
          .threads = 8,
          .kernel = "avx2",
          .samplesPerSecond = 1'000'000,
          .batchJob = "123.4"};
}

void fillHello(wire::WorkerHello::Builder hello, bool isKnown) {
  toWire(someProfile(), hello.initProfile());
  if (!isKnown) return;
  std::string identity = scheduler::Tickets(fuzz::kRpcSecret, {{0, {}}}).identityOf(kWorker);
  hello.setIdentity(kj::StringPtr(identity.c_str(), identity.size()).asBytes());
  toWire(std::vector{someLease()}, hello.initLent(1));
  LeaseRest rest{.lease = kOldLease, .range = {.begin = 10, .end = 1000}};
  toWire(std::vector{rest}, hello.initHeld(1));
  setDone(hello, {someTally(10, kOldLease)});
}

class Control final : public wire::WorkerControl::Server {};
class Watcher final : public wire::Watcher::Server {};

void callAsWorker(capnp::Capability::Client door, Calls& calls, bool isKnown) {
  auto enter = door.castAs<wire::WorkerGate>().enterAsWorkerRequest();
  net::introduce(enter.initPeer());
  auto join = enter.send().getDesk().joinRequest();
  fillHello(join.initHello(), isKnown);
  join.setControl(kj::heap<Control>());
  auto session = join.send().getSession();
  calls.add(session.exchangeRequest().send().ignoreResult());
  auto exchange = session.exchangeRequest();
  setDone(exchange, {someTally(100)});
  calls.add(exchange.send().ignoreResult());
  auto heartbeat = session.heartbeatRequest();
  setDone(heartbeat, {someTally(7)});
  calls.add(heartbeat.send().ignoreResult());
  calls.add(session.leaveRequest().send().ignoreResult());
}

void callAsClient(capnp::Capability::Client door, Calls& calls) {
  auto enter = door.castAs<wire::ClientGate>().enterAsClientRequest();
  net::introduce(enter.initPeer());
  auto desk = enter.send().getDesk();
  auto submit = desk.submitRequest();
  toWire(JobSpec{.stream = {.seed = 7, .sampler = Sampler::kSobol},
                 .samples = 1000,
                 .chunkSize = 10,
                 .priority = 1},
         submit.initSpec());
  submit.setRequestId(kj::StringPtr("request").asBytes());
  auto job = submit.send().getJob();
  calls.add(job.infoRequest().send().ignoreResult());
  auto watch = job.watchRequest();
  watch.setWatcher(kj::heap<Watcher>());
  calls.add(watch.send().ignoreResult());
  calls.add(job.waitRequest().send().ignoreResult());
  auto priority = job.setPriorityRequest();
  priority.setPriority(-1);
  calls.add(priority.send().ignoreResult());
  calls.add(job.convergenceRequest().send().ignoreResult());
  calls.add(job.throughputRequest().send().ignoreResult());
  calls.add(job.endedLeasesRequest().send().ignoreResult());
  calls.add(job.runningLeasesRequest().send().ignoreResult());
  auto open = desk.openRequest();
  open.setId(kJob);
  calls.add(open.send().getJob().cancelRequest().send().ignoreResult());
  calls.add(desk.listRequest().send().ignoreResult());
  calls.add(desk.workersRequest().send().ignoreResult());
  calls.add(desk.tracksRequest().send().ignoreResult());
  calls.add(desk.logRequest().send().ignoreResult());
  calls.add(desk.openControlRequest().send().ignoreResult());
  calls.add(desk.stopRequest().send().ignoreResult());
}

// The message's only segment, without the segment table.
template <typename Wire>
std::string messageOf(const std::function<void(typename Wire::Builder)>& fill) {
  capnp::MallocMessageBuilder message(1024);
  fill(message.initRoot<Wire>());
  auto bytes = message.getSegmentsForOutput()[0].asBytes();
  return {bytes.asChars().begin(), bytes.size()};
}

void recordWire(const fs::path& folder) {
  JobInfo info;
  info.id = JobId{kJob};
  info.spec = {.stream = {}, .samples = 1000, .chunkSize = 10};
  info.reason = "cancelled by a client";
  info.spec.submitter = "ann@login1";
  info.spec.name = "test 1";
  info.submittedOn = WallTime(std::chrono::hours(500'000));
  write(folder / "lease", 2, messageOf<wire::Lease>([](auto to) { toWire(someLease(), to); }));
  write(folder / "tally", 4, messageOf<wire::Tally>([](auto to) { toWire(someTally(100), to); }));
  write(folder / "job_spec", 5, messageOf<wire::JobSpec>([&](auto to) { toWire(info.spec, to); }));
  write(folder / "job_info", 6, messageOf<wire::JobInfo>([&](auto to) { toWire(info, to); }));
  write(folder / "worker_info", 8, messageOf<wire::WorkerInfo>([](auto to) {
          toWire(WorkerInfo{.id = kWorker, .profile = someProfile()}, to);
        }));
  LeaseRecord record{
      .lease = kLease, .worker = kWorker, .job = JobId{kJob}, .range = {0, 1000}, .begunAt = {}};
  record.counted = 100;
  write(folder / "lease_record", 10,
        messageOf<wire::LeaseRecord>([&](auto to) { toWire(record, to); }));
  write(folder / "convergence_point", 11, messageOf<wire::ConvergencePoint>([](auto to) {
          toWire(ConvergencePoint{.number = 1, .samples = 100, .hits = {.strata = {78}}}, to);
        }));
  write(folder / "throughput", 12, messageOf<wire::Throughput>([](auto to) {
          toWire(ThroughputParts{.width = std::chrono::seconds(1), .parts = {100, 200}}, to);
        }));
  WorkerTrackInfo track{.worker = kWorker, .profile = someProfile(), .isGone = true};
  track.periods = {{.state = WorkerState::kAbsent, .begin = Instant{}, .end = Instant{}}};
  write(folder / "worker_track", 13,
        messageOf<wire::WorkerTrack>([&](auto to) { toWire(track, to); }));
  write(folder / "log_line", 14, messageOf<wire::LogLine>([](auto to) {
          toWire(LogLine{.number = 1, .level = "info", .text = "job 1 is finished"}, to);
        }));
  write(folder / "worker_hello", 9,
        messageOf<wire::WorkerHello>([](auto to) { fillHello(to, true); }));
}

std::string clientHello() {
  net::TlsSession caller(net::testing::callerContext());
  caller.shake();
  std::vector<std::byte> flight;
  caller.takeOutput(flight);
  return {reinterpret_cast<const char*>(flight.data()), flight.size()};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", arguments[0]);
    return 2;
  }
  fs::path corpus = arguments[1];
  auto newWorker = sentBy([](auto door, Calls& calls) { callAsWorker(door, calls, false); });
  auto knownWorker = sentBy([](auto door, Calls& calls) { callAsWorker(door, calls, true); });
  auto client = sentBy(callAsClient);
  write(corpus / "rpc_fuzz" / "new_worker", 1, newWorker);
  write(corpus / "rpc_fuzz" / "known_worker", 1, knownWorker);
  write(corpus / "rpc_fuzz" / "client", 2, client);
  write(corpus / "rpc_fuzz" / "client_without_keys", 0, client);
  write(corpus / "rpc_fuzz" / "client_at_the_workers_gate", 1, client);
  recordWire(corpus / "wire_fuzz");
  write(corpus / "handshake_fuzz" / "client_hello", 0, "\xFF" + clientHello());
}
