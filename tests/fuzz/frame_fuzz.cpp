// Fuzzes the search for the end of a message, which is the first check of a peer's bytes.
#include <capnp/serialize.h>

#include <cstring>

#include "common/base/check.h"
#include "common/net/transport/frame.h"
#include "tests/fuzz/input.h"

using namespace pi;

namespace {

using State = net::Frame::State;

constexpr std::uint64_t kWordsMax = 64;

// A whole frame can be read by the library, and has the length that the library computes.
void expectReadable(std::span<const std::byte> input, std::size_t bytes) {
  auto words = kj::heapArray<capnp::word>(bytes / sizeof(capnp::word));
  PI_CHECK(words.size() * sizeof(capnp::word) == bytes && bytes <= input.size());
  std::memcpy(words.begin(), input.data(), bytes);
  PI_CHECK(capnp::expectedSizeInWordsFromPrefix(words.asPtr()) == words.size());
  capnp::FlatArrayMessageReader message(words.asPtr());
  PI_CHECK(message.getEnd() == words.end());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto input = std::as_bytes(std::span(data, size));
  net::Frame frame = net::frameAt(input, kWordsMax);
  if (frame.state == State::kWhole) expectReadable(input, frame.bytes);

  // Parsing prefixes, byte by byte and later in larger steps, leads to the same result.  A refusal
  // and a known size do not change any more.
  net::Frame last;
  std::size_t shown = std::min(size, std::size_t{4} * (net::kSegmentsMax + 2));
  for (std::size_t bytes = 0; bytes <= shown; bytes += bytes < 32 ? 1 : 61) {
    net::Frame part = net::frameAt(input.first(bytes), kWordsMax);
    PI_CHECK(last.bytes == 0 || part.bytes == last.bytes);
    PI_CHECK(last.state == State::kPartial || part == last);
    PI_CHECK(part.state != State::kWhole || part.bytes <= bytes);
    PI_CHECK(part.state == State::kPartial || part == frame);
    last = part;
  }
  return 0;
}
