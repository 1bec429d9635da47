// The limits of background work: numbers that SECURITY.md names.
#pragma once

namespace pi::net {

// While other work is due, background work waits this many times as long as its last piece took:
// it gets a fifth of the loop's CPU time.
inline constexpr int kRestsPerPiece = 4;

}  // namespace pi::net
