// Any bytes as a message of each kind: it is refused, or it is a valid value, which is the same
// after it was written and read again.
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>

#include "common/base/check.h"
#include "common/wire/audit.h"
#include "common/wire/history.h"
#include "common/wire/wire.h"
#include "tests/fuzz/input.h"

using namespace pi;

namespace {

void expectSound(const Lease& lease) {
  PI_CHECK(lease.range.begin <= lease.range.end && lease.range.end <= kSamplesEnd);
}

void expectSound(const LeaseTally& tally) {
  PI_CHECK(tally.tally.range.begin <= tally.tally.range.end);
  PI_CHECK(tally.busy >= Duration::zero() && tally.tally.hits.total() <= kSamplesEnd);
}

void expectSound(const JobSpec& spec) {
  PI_CHECK(spec.chunkSize >= 1 && spec.chunkSize <= spec.samples && spec.samples < kSamplesEnd);
  PI_CHECK(spec.chunks() >= 1 && spec.chunks() <= spec.samples);
}

void expectSound(const JobInfo& info) {
  expectSound(info.spec);
  PI_CHECK(info.samplesCounted <= info.spec.samples);
}

void expectSound(const WorkerProfile& profile) { PI_CHECK(profile.threads >= 1); }

template <typename Value>
void expectSound(const Value&) {}

template <typename Wire>
void readAs(capnp::MessageReader& message) {
  auto value = fromWire(message.getRoot<Wire>());
  expectSound(value);
  capnp::MallocMessageBuilder copy;
  auto root = copy.initRoot<Wire>();
  toWire(value, root);
  PI_CHECK(fromWire(root.asReader()) == value);
}

// The values of a worker's first message.
void readHello(capnp::MessageReader& message) {
  auto hello = message.getRoot<wire::WorkerHello>();
  expectSound(fromWire(hello.getProfile()));
  for (const Lease& lease : fromWire(hello.getLent())) expectSound(lease);
  static_cast<void>(fromWire(hello.getHeld()));
  for (const LeaseTally& tally : fromWire(hello.getDone())) expectSound(tally);
}

using Read = void (*)(capnp::MessageReader&);
constexpr Read kKinds[] = {readAs<wire::SampleRange>, readAs<wire::Stream>,
                           readAs<wire::Lease>,       readAs<wire::LeaseRest>,
                           readAs<wire::Tally>,       readAs<wire::JobSpec>,
                           readAs<wire::JobInfo>,     readAs<wire::WorkerProfile>,
                           readAs<wire::WorkerInfo>,  readHello,
                           readAs<wire::LeaseRecord>, readAs<wire::ConvergencePoint>,
                           readAs<wire::Throughput>,  readAs<wire::WorkerTrack>,
                           readAs<wire::LogLine>,     readAs<wire::JobAudit>};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Read read = kKinds[input.below(std::size(kKinds))];
  // One segment without the table of segments, so that all fuzzing goes into the message.
  auto bytes = input.rest();
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.data(), words.size() * sizeof(capnp::word));
  kj::ArrayPtr<const capnp::word> segments[] = {words.asPtr()};
  // A refusal is a kj::Exception; any other exception ends the process.
  static_cast<void>(kj::runCatchingExceptions([&] {
    capnp::SegmentArrayMessageReader message(segments);
    read(message);
  }));
  return 0;
}
