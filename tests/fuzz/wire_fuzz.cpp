// Any bytes as a message of each kind that a peer may send: refused, or a value that holds what its
// type promises, and that comes through the wire as it is.
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>

#include "common/base/check.h"
#include "common/net/wire.h"
#include "tests/fuzz/input.h"

using namespace pi;

namespace {

void expectSound(const Lease& lease) {
  check(lease.range.begin <= lease.range.end && lease.range.end <= kSamplesEnd);
}

void expectSound(const LeaseTally& tally) {
  check(tally.tally.range.begin <= tally.tally.range.end);
  check(tally.busy >= Duration::zero() && tally.tally.hits.total() <= kSamplesEnd);
}

void expectSound(const JobSpec& spec) {
  check(spec.chunkSize >= 1 && spec.chunkSize <= spec.samples && spec.samples < kSamplesEnd);
  check(spec.chunks() >= 1 && spec.chunks() <= spec.samples);
}

void expectSound(const JobInfo& info) {
  expectSound(info.spec);
  check(info.samplesCounted <= info.spec.samples);
}

void expectSound(const WorkerProfile& profile) { check(profile.threads >= 1); }

template <typename Value>
void expectSound(const Value&) {}

template <typename Wire>
void readAs(capnp::MessageReader& message) {
  auto value = net::fromWire(message.getRoot<Wire>());
  expectSound(value);
  capnp::MallocMessageBuilder copy;
  auto root = copy.initRoot<Wire>();
  net::toWire(value, root);
  check(net::fromWire(root.asReader()) == value);
}

// As a worker's first words have them.
void readHello(capnp::MessageReader& message) {
  auto hello = message.getRoot<wire::WorkerHello>();
  expectSound(net::fromWire(hello.getProfile()));
  for (const Lease& lease : net::fromWire(hello.getLent())) expectSound(lease);
  static_cast<void>(net::fromWire(hello.getHeld()));
  for (const LeaseTally& tally : net::fromWire(hello.getDone())) expectSound(tally);
}

using Read = void (*)(capnp::MessageReader&);
constexpr Read kKinds[] = {readAs<wire::SampleRange>, readAs<wire::Stream>,
                           readAs<wire::Lease>,       readAs<wire::LeaseRest>,
                           readAs<wire::Tally>,       readAs<wire::JobSpec>,
                           readAs<wire::JobInfo>,     readAs<wire::WorkerProfile>,
                           readAs<wire::WorkerInfo>,  readHello};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Read read = kKinds[input.below(std::size(kKinds))];
  // A segment of its own, so that no fuzzing is spent on the table before it.
  auto bytes = input.rest();
  auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.data(), words.size() * sizeof(capnp::word));
  kj::ArrayPtr<const capnp::word> segments[] = {words.asPtr()};
  // A refusal is an exception of KJ's; whatever else is thrown ends the process.
  static_cast<void>(kj::runCatchingExceptions([&] {
    capnp::SegmentArrayMessageReader message(segments);
    read(message);
  }));
  return 0;
}
