#include "scheduler/http/frame_meter.h"

#include <doctest/doctest.h>

#include <string>

#include "scheduler/http/limits.h"
#include "tests/net/web_socket.h"

namespace pi::scheduler::http {
namespace {

using namespace pi::testing;

// The code with which the connection ends; 0 if it does not.  The bytes arrive in pieces.
unsigned codeFor(const std::string& bytes, std::size_t pieceBytes = 1 << 20) {
  FrameMeter meter;
  for (std::size_t at = 0; at < bytes.size(); at += pieceBytes) {
    std::string piece = bytes.substr(at, pieceBytes);
    if (auto end = meter.add(std::as_bytes(std::span(piece)))) {
      CHECK(end->sentence.size() <= 123);
      return end->code;
    }
  }
  return 0;
}

TEST_CASE("frames within the limits pass, however their bytes arrive") {
  std::string bytes = clientFrame("") + clientFrame("hello") + clientFrame("x", kPing) +
                      clientFrame(std::string(kLiveMessageBytesMax, 'x')) +
                      clientFrame("a", kText, Piece::kNotLast) + clientFrame("", kPong) +
                      clientFrame("b", kContinuation) + clientFrame("\x03\xe8", kClose);
  for (std::size_t piece : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
    CHECK(codeFor(bytes, piece) == 0);
  }
  FrameMeter meter;
  meter.add(std::as_bytes(std::span(bytes)));
  CHECK(meter.frames() == 8);
}

TEST_CASE("a message is too long, in one frame or in many") {
  CHECK(codeFor(clientFrame(std::string(kLiveMessageBytesMax + 1, 'x'))) == kTooLong);
  // The length alone decides.
  CHECK(codeFor("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                "1234") == kTooLong);
  std::string pieces = clientFrame(std::string(5000, 'x'), kText, Piece::kNotLast);
  CHECK(codeFor(pieces + clientFrame(std::string(3000, 'x'), kContinuation)) == 0);
  CHECK(codeFor(pieces + clientFrame(std::string(4000, 'x'), kContinuation)) == kTooLong);
  std::string many = clientFrame("", kText, Piece::kNotLast);
  for (int i = 0; i < 16; ++i) many += clientFrame("", kContinuation, Piece::kNotLast);
  CHECK(codeFor(many) == kTooLong);
}

TEST_CASE("a frame that a client may not send is refused") {
  CHECK(codeFor("\x81\x01x"
                "more") == kWrongFrame);  // No mask.
  CHECK(codeFor("\xc1\x81"
                "1234x") == kWrongFrame);                                     // A reserved bit.
  CHECK(codeFor(clientFrame("x", kPing, Piece::kNotLast)) == kWrongFrame);    // In pieces.
  CHECK(codeFor(clientFrame(std::string(126, 'x'), kClose)) == kWrongFrame);  // Too long.
}

}  // namespace
}  // namespace pi::scheduler::http
