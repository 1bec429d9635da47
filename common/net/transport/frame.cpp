#include "common/net/transport/frame.h"

#include <bit>
#include <cstring>

namespace pi::net {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::size_t kWordBytes = 8;

std::uint32_t numberAt(std::span<const std::byte> input, std::size_t index) {
  std::uint32_t value = 0;
  std::memcpy(&value, input.data() + index * sizeof(value), sizeof(value));
  return value;
}

}  // namespace

Frame frameAt(std::span<const std::byte> input, std::uint64_t wordsMax) {
  if (input.size() < sizeof(std::uint32_t)) return {};
  std::uint32_t lastSegment = numberAt(input, 0);
  if (lastSegment >= kSegmentsMax) return {.state = Frame::State::kRefused};

  // The table has the count and one size for each segment, padded to whole words.
  std::size_t tableBytes = (std::size_t{lastSegment} + 3) / 2 * kWordBytes;
  if (input.size() < tableBytes) return {};

  std::uint64_t words = 0;
  for (std::size_t segment = 0; segment <= lastSegment; ++segment) {
    words += numberAt(input, segment + 1);
  }
  if (numberAt(input, 1) == 0 || words > wordsMax) return {.state = Frame::State::kRefused};

  std::size_t bytes = tableBytes + words * kWordBytes;
  return {.state = input.size() < bytes ? Frame::State::kPartial : Frame::State::kWhole,
          .bytes = bytes};
}

}  // namespace pi::net
