// Numbers of hits that no worker reports if it computes correctly.
#pragma once

#include <cstdint>

#include "common/model/tally.h"

namespace pi::scheduler {

// N * KL(hits/N || pi/4), where KL is the relative entropy in nats of two coins with these
// probabilities.  For N independent samples, a number of hits that is as far from N * pi/4 or
// further, on the same side, has at most the probability exp(-result) (Chernoff's bound in
// Hoeffding's form: J. Amer. Stat. Assoc. 58, 1963, theorem 1).
double surpriseOf(std::uint64_t hits, std::uint64_t samples);

// More surprising hits are next to impossible: the probability on both sides is below 4e-22.  It is
// not zero, so a true tally may look like this: see Recheck.
// Not in SECURITY.md: its section "Out of scope" names the probability.
inline constexpr double kSurpriseMax = 50;

// Whether the sampler `sobol` can have these hits at all.
//
// The proof: any 2^k points of a replicate whose numbers begin at a multiple of 2^k are a
// (0, k, 2)-net, shifted or not: each of the 2^k rectangles of a grid of 2^ceil(k/2) by
// 2^floor(k/2) has one of them.  The arc falls from left to right, so it crosses at most
// 2^ceil(k/2) + 2^floor(k/2) - 1 < 2.13 * 2^(k/2) of them.  All other rectangles lie inside or
// outside, so the hits differ from 2^k * pi/4 by less than 2.13 * 2^(k/2).  A run of n points
// consists of at most two such blocks of each size up to n; the sum over them is below 2 * 2.13 *
// sqrt(n) / (1 - sqrt(1/2)) < 15 * sqrt(n).
bool canSobolHave(const Tally& tally);

}  // namespace pi::scheduler
