// The limits of the HTTP door: numbers that SECURITY.md names.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/clock.h"

namespace pi::scheduler::http {

// ---- connections ----

// Connections at a time.  Beyond that the oldest connection that has shown no token is closed.
inline constexpr std::size_t kHttpConnectionsMax = 128;

// Not in SECURITY.md: the door closes others before they are used.  Connections that are closing.
inline constexpr std::size_t kHttpConnectionsSpare = 16;

// Handshakes at a time, where the door is served by HTTPS.
inline constexpr std::size_t kHttpHandshakesMax = 64;

// A handshake there that takes longer is ended when others wait: a browser needs one round trip.
inline constexpr Duration kHttpHandshakeSlow = std::chrono::milliseconds(250);

// The buffers of all connections beyond their shares (kBufferShareBytes each).
inline constexpr std::size_t kHttpBuffersBytesMax = std::size_t{64} << 20;

// The time to send the head of a request, from the connection or from the request's first byte.
inline constexpr Duration kHeadTimeout = std::chrono::seconds(10);

// The time between two requests.  Only a connection that has shown a token may have a second one.
inline constexpr Duration kHttpIdleMax = std::chrono::minutes(1);

// The time that a peer has to take an answer.
inline constexpr Duration kAnswerTimeout = std::chrono::seconds(30);

// ---- a request ----

// A head: its bytes and its lines, with as much of the body as comes together with it.
inline constexpr std::size_t kHeadBytesMax = std::size_t{16} << 10;
inline constexpr std::size_t kHeadLinesMax = 100;

// Requests with a token that are not answered, or whose answers are not sent.
inline constexpr std::size_t kRequestsInFlightMax = 64;

// The body of a request that changes something, and the time to send it.
inline constexpr std::size_t kBodyBytesMax = std::size_t{16} << 10;
inline constexpr Duration kBodyTimeout = std::chrono::seconds(10);

// The time until a change is saved; then the peer is told that it is not known yet.
inline constexpr Duration kChangeTimeout = std::chrono::seconds(30);

// ---- answers ----

// In one answer: workers, and jobs on the plain page.
inline constexpr std::size_t kWorkersPerPageMax = 1'000;
inline constexpr std::size_t kPlainPageJobsMax = 50;

// The leases of one worker in one answer.
inline constexpr std::size_t kLeasesPerAnswerMax = 1'000;

// ---- the live view ----

// Viewers at a time; at most half of the connections.
inline constexpr std::size_t kLiveViewersMax = 32;

// A message of a viewer: its bytes and its frames.  Frames of a viewer in a period, pings included.
inline constexpr std::size_t kLiveMessageBytesMax = std::size_t{8} << 10;
inline constexpr std::uint64_t kLiveMessageFramesMax = 16;
// The content of a ping, a pong or a close, as RFC 6455 says.
inline constexpr std::uint64_t kLiveControlBytesMax = 125;
inline constexpr std::uint64_t kLiveFramesInMax = 40;
inline constexpr Duration kLiveFramesInPeriod = std::chrono::seconds(10);

// The time that a viewer has to take a frame, and to take the reason why its connection ends.
inline constexpr Duration kLiveFrameTimeout = std::chrono::seconds(30);
inline constexpr Duration kLiveEndTimeout = std::chrono::seconds(2);

// ---- access ----

// The life of the cookie that a link leaves behind.
inline constexpr Duration kCookieLifetime = std::chrono::hours(168);

// One-time codes for control, and the sessions that they open: their number, their life.
inline constexpr std::size_t kControlCodesMax = 16;
inline constexpr Duration kControlCodeLife = std::chrono::seconds(60);
inline constexpr std::size_t kControlSessionsMax = 32;
inline constexpr Duration kControlSessionLife = std::chrono::hours(8);

// ---- the log ----

// Lines on requests that are refused, in a period.
inline constexpr std::uint64_t kRefusalLinesMax = 10;
inline constexpr Duration kRefusalPeriod = std::chrono::minutes(1);

// ---- the start ----

// Not in SECURITY.md: no peer can reach it.  So many ports after the usual one are tried before any
// free one is taken.
inline constexpr int kDashboardPortsTried = 100;

}  // namespace pi::scheduler::http
