// The limits of connections: numbers that SECURITY.md names.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"

namespace pi::net {

// Connections at a time, without the handshakes.
inline constexpr std::size_t kConnectionsMax = 16'384;

// The connections that clients may use.  The others are kept for workers and the owner.
inline constexpr std::size_t kClientConnectionsMax = 4096;

// The connections that workers may use.  The others are kept for clients and the owner.
inline constexpr std::size_t kWorkerConnectionsMax = 16'128;

// The connections that only the owner may use, so that `pi-scheduler stop` always gets one.
inline constexpr std::size_t kOwnerConnectionsKept = 1;

// Handshakes at a time.  The next peers wait in the kernel's queue.
inline constexpr std::size_t kHandshakesMax = 1024;

// Connections that the kernel holds until they are accepted.  With more, each would wait longer
// behind strangers than a caller waits for an answer (kDialHandshakeMax).
inline constexpr int kUnacceptedMax = 1024;

// A handshake that takes longer is ended when others wait.
inline constexpr Duration kHandshakeSlow = std::chrono::seconds(1);

// The least that kHandshakeSlow becomes in a process with few file descriptors.
inline constexpr Duration kHandshakeSlowMin = std::chrono::milliseconds(100);

// A handshake that takes longer is ended.
inline constexpr Duration kHandshakeMax = std::chrono::seconds(10);

// Bytes that are read from a peer that continues to send after its handshake was refused.
inline constexpr std::size_t kHandshakeBytesMax = std::size_t{64} << 10;

// The file descriptors of a scheduler besides those of its RPC peers; most are for the HTTP door.
inline constexpr std::size_t kOtherFilesMax = 256;

// The file descriptors for all limits above.  A process that may open fewer has lower limits.
inline constexpr std::size_t kOpenFilesWanted = kConnectionsMax + kHandshakesMax + kOtherFilesMax;

// A message, in words of 8 bytes.
inline constexpr std::uint64_t kMessageWordsMax = std::uint64_t{1} << 20;

// The segments of a message.
inline constexpr std::uint32_t kSegmentsMax = 512;

// Output that a peer has not read.  A peer that leaves more is cut off.
inline constexpr std::size_t kOutputBytesMax = std::size_t{64} << 20;

// The answers of TLS itself that a peer has not read: some bytes for each of its key updates.
inline constexpr std::size_t kTlsOutputBytesMax = std::size_t{64} << 10;

// The buffers of one peer, TLS included, that do not count against kBuffersBytesMax.
inline constexpr std::size_t kBufferShareBytes = std::size_t{128} << 10;

// The buffers of all peers beyond their shares.
inline constexpr std::size_t kBuffersBytesMax = std::size_t{512} << 20;

// A byte stream's write() waits while more than this is unsent.
inline constexpr std::size_t kUnsentBytesMax = std::size_t{256} << 10;

// A byte stream's read of at most this many bytes takes them all at once or none.
// Not in SECURITY.md: only the calls of our own code choose the size of a read.
inline constexpr std::size_t kWholeReadBytesMax = std::size_t{64} << 10;

// The time after close() for the last output to leave and for the peer to close, too.
inline constexpr Duration kCloseGrace = std::chrono::seconds(5);

// Output that the peer's machine has not acknowledged for this long: the connection is lost.
inline constexpr Duration kSilentNetworkMax = std::chrono::seconds(20);

// Without output under way, an idle connection is probed.  It is lost after kKeepAliveIdle +
// kKeepAliveProbes * kKeepAliveInterval without an answer.
inline constexpr Duration kKeepAliveIdle = std::chrono::seconds(10);
inline constexpr Duration kKeepAliveInterval = std::chrono::seconds(5);
inline constexpr int kKeepAliveProbes = 3;

// The time to look up the names among a scheduler's addresses.
inline constexpr Duration kDialLookupMax = std::chrono::seconds(30);

// The time to connect to one address.
inline constexpr Duration kDialMax = std::chrono::seconds(3);

// The time for the handshake with a scheduler; the shorter one after an address was silent.
inline constexpr Duration kDialHandshakeMax = std::chrono::seconds(5);
inline constexpr Duration kDialHandshakeMaxAgain = std::chrono::seconds(1);

// Log lines a second: on a full scheduler and errors of accept(), and on failed handshakes.
inline constexpr std::uint64_t kFullLinesPerSecond = 1;
inline constexpr std::uint64_t kHandshakeLinesPerSecond = 5;

}  // namespace pi::net
