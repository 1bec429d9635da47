// Peers without a key that a scheduler accepts.  They make it work as hard as they can.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/net/loop/kj_loop.h"
#include "tests/cluster/cluster.h"

namespace pi::cluster {

// Their connections to a scheduler on this machine.
struct Crowd {
  Crowd(net::KjLoop& loop, std::uint16_t port);

  asio::ip::tcp::socket& connect();
  // Sends bytes on a new connection.  Ignores it if the scheduler has closed the connection.
  void send(const std::string& bytes);
  // Waits on each connection for the first byte or the end, and closes it.  Returns how many got a
  // byte.
  std::size_t takeAnswers();

  net::KjLoop& loop;
  std::uint16_t port;
  std::vector<asio::ip::tcp::socket> sockets{};
};

// The first message of a TLS handshake.  Its key is of the first of these groups ("P-384:X25519").
std::string helloWith(const char* groups);

// Completes the caller's half of a handshake with this many certificates, all but the first on the
// curve whose points take longest to decode, and waits until the scheduler has refused them.  False
// if it has not.
bool isRefusedWithCertificates(asio::ip::tcp::socket& socket, int count);

// A scheduler's report, at its end, about handshakes and its other work in the background.
struct BackgroundReport {
  std::uint64_t begun = 0;      // Handshakes.
  std::uint64_t succeeded = 0;  // Handshakes.
  double backgroundSeconds = 0;
  double allSeconds = 0;
  double secondsBeforeOthers = 0;
  double longestMilliseconds = 0;
  std::uint64_t eventsBetween = 0;
  std::uint64_t pieces = 0;
};

// Stops the scheduler, reads its report, and checks that the background delayed no other work.
BackgroundReport checkedReport(Cluster& cluster);

}  // namespace pi::cluster
