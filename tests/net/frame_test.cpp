#include "common/net/transport/frame.h"

#include <doctest/doctest.h>

#include <cstring>
#include <initializer_list>
#include <random>
#include <vector>

using namespace pi::net;

namespace {

constexpr std::uint64_t kWordsMax = 1 << 20;

std::vector<std::byte> numbers(std::initializer_list<std::uint32_t> values) {
  std::vector<std::uint32_t> list(values);
  std::vector<std::byte> bytes(list.size() * sizeof(std::uint32_t));
  std::memcpy(bytes.data(), list.data(), bytes.size());
  return bytes;
}

Frame::State stateOf(std::initializer_list<std::uint32_t> values) {
  return frameAt(numbers(values), kWordsMax).state;
}

}  // namespace

TEST_CASE("a frame is whole exactly when its last byte has arrived") {
  auto bytes = numbers({1, 1, 2, 0, 9, 9, 9, 9, 9, 9});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(frameAt(std::span(bytes).first(size), kWordsMax).state == Frame::State::kPartial);
  }
  CHECK(frameAt(bytes, kWordsMax) == Frame{.state = Frame::State::kWhole, .bytes = 40});

  bytes.resize(bytes.size() + 100);
  CHECK(frameAt(bytes, kWordsMax) == Frame{.state = Frame::State::kWhole, .bytes = 40});
}

TEST_CASE("a segment count that wraps, or is too large, is refused before its table arrives") {
  CHECK(stateOf({0xFFFF'FFFF}) == Frame::State::kRefused);
  CHECK(stateOf({0xFFFF'FFFE}) == Frame::State::kRefused);
  CHECK(stateOf({512}) == Frame::State::kRefused);
  CHECK(stateOf({511}) == Frame::State::kPartial);
}

TEST_CASE("a total over the limit, or past 32 bits, is refused") {
  CHECK(stateOf({0, 1 << 20}) == Frame::State::kPartial);
  CHECK(stateOf({0, (1 << 20) + 1}) == Frame::State::kRefused);
  CHECK(stateOf({0, 0xFFFF'FFFF}) == Frame::State::kRefused);
  CHECK(stateOf({1, 0xFFFF'FFFF, 2, 0}) == Frame::State::kRefused);
  CHECK(stateOf({1, 1 << 19, (1 << 19) + 1, 0}) == Frame::State::kRefused);
}

TEST_CASE("a message without content is refused") {
  CHECK(stateOf({0, 0}) == Frame::State::kRefused);
}

TEST_CASE("for any bytes, no byte after them is read") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(random() % 80);
    for (auto& byte : bytes) byte = static_cast<std::byte>(random() % 4 == 0 ? random() : 0);
    Frame frame = frameAt(bytes, kWordsMax);
    if (frame.state == Frame::State::kWhole) CHECK(frame.bytes <= bytes.size());
    if (frame.state == Frame::State::kRefused) CHECK(frame.bytes == 0);
  }
}
