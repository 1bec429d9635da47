// The rules of the sampler `sobol` for one point and one cell of a net, on CPUs and GPUs. STREAM.md
// specifies the points, nets.h explains the nets.
//
// Write the bits p_0, p_1, ... of a point's number as a polynomial P(z) = p_0 + p_1 z + ... over
// the field of two elements, and the bits of a coordinate, from the leading one on, as another one.
// Then X is P(z).  Direction V_k is (1 + z)^k, so Y is P(1 + z).
#pragma once

#include <cstdint>

#include "worker/kernels/host_device.h"
#include "worker/kernels/random_rules.h"

namespace pi::kernels {

// A point of the sequence, or a difference of two.  The coordinates are in units of 2^-64.
struct Point {
  std::uint64_t x = 0, y = 0;
};

PI_HOST_DEVICE constexpr Point operator^(Point a, Point b) { return {a.x ^ b.x, a.y ^ b.y}; }

// Exchanges each pair of neighbouring runs of `width` bits; `low` has the bits of the lower ones.
PI_HOST_DEVICE constexpr std::uint64_t exchanged(std::uint64_t bits, std::uint64_t low, int width) {
  return (bits & low) << width | (bits >> width & low);
}

// Bit 0 becomes the leading one, and so on.
PI_HOST_DEVICE constexpr std::uint64_t reversed(std::uint64_t bits) {
  bits = exchanged(bits, 0x5555'5555'5555'5555, 1);
  bits = exchanged(bits, 0x3333'3333'3333'3333, 2);
  bits = exchanged(bits, 0x0F0F'0F0F'0F0F'0F0F, 4);
  bits = exchanged(bits, 0x00FF'00FF'00FF'00FF, 8);
  bits = exchanged(bits, 0x0000'FFFF'0000'FFFF, 16);
  return bits << 32 | bits >> 32;
}

// Q(1 + z) for the polynomial Q(z) of degree below 64 whose coefficients are the bits, from the
// leading one on.  With Q = A + z^32 B it is A(1 + z) + B(1 + z) + z^32 B(1 + z), and so on for
// halves.  Twice gives Q again.
PI_HOST_DEVICE constexpr std::uint64_t atOnePlusZ(std::uint64_t q) {
  q ^= q << 32;
  q ^= (q & 0x0000'FFFF'0000'FFFF) << 16;
  q ^= (q & 0x00FF'00FF'00FF'00FF) << 8;
  q ^= (q & 0x0F0F'0F0F'0F0F'0F0F) << 4;
  q ^= (q & 0x3333'3333'3333'3333) << 2;
  q ^= (q & 0x5555'5555'5555'5555) << 1;
  return q;
}

// Point `index` of the sequence, without a shift.
PI_HOST_DEVICE constexpr Point sobolPoint(std::uint64_t index) {
  std::uint64_t x = reversed(index);
  return {x, atOnePlusZ(x)};
}

// The shift of a replicate.
PI_HOST_DEVICE constexpr Point sobolShift(std::uint64_t seed, std::uint32_t replicate) {
  Words words = randomWords(seed, Domain::kSobolShift, replicate);
  return {std::uint64_t{words[1]} << 32 | words[0], std::uint64_t{words[3]} << 32 | words[2]};
}

// The leading `level` bits of a coordinate; level >= 1.
PI_HOST_DEVICE constexpr std::uint64_t leadingBits(std::uint64_t coordinate, int level) {
  return coordinate >> (64 - level);
}

// The 32 bits behind the leading `level` ones.
PI_HOST_DEVICE constexpr std::uint32_t bitsBehind(std::uint64_t coordinate, int level) {
  return static_cast<std::uint32_t>(coordinate << level >> 32);
}

// The number q, in [0, 4^level), of the point in this cell of a net, if the point with q = 0 is in
// cell (0, 0).  1 <= level <= 32.
//
// The low half of q is the column with its bits in reverse order.  For the high half H, the row,
// less the part of the low half, has the polynomial (1 + z)^level H(1 + z) modulo z^level.  Times
// (1 + z)^(32 - level), that is H(1 + z), since (1 + z)^32 = 1 + z^32.
PI_HOST_DEVICE constexpr std::uint64_t numberInNet(std::uint64_t column, std::uint64_t row,
                                                   int level) {
  std::uint64_t low = leadingBits(reversed(column), level);
  std::uint64_t rest = (row << (64 - level)) ^ sobolPoint(low).y;
  for (int i = 0; i < 5; ++i) {
    if (((32 - level) >> i & 1) != 0) rest ^= rest >> (1 << i);
  }
  std::uint64_t ofRow = leadingBits(rest, level) << (64 - level);
  return reversed(atOnePlusZ(ofRow)) << level | low;
}

// The point of a net in this cell; `origin` is the point with q = 0.
PI_HOST_DEVICE constexpr Point pointInNet(std::uint64_t column, std::uint64_t row, int level,
                                          Point origin) {
  return origin ^ sobolPoint(numberInNet(column ^ leadingBits(origin.x, level),
                                         row ^ leadingBits(origin.y, level), level));
}

}  // namespace pi::kernels
