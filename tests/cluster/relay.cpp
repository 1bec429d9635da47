#include "tests/cluster/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <system_error>

namespace pi::cluster {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPollMilliseconds = 5;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int orThrow(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

bool isReadable(int socket) {
  pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&wanted, 1, kPollMilliseconds) > 0;
}

// Empty at the end of the stream.
std::string receive(int socket) {
  std::array<char, 65536> piece{};
  ssize_t count = ::recv(socket, piece.data(), piece.size(), 0);
  return count <= 0 ? std::string() : std::string(piece.data(), static_cast<std::size_t>(count));
}

bool send(int socket, const std::string& bytes) {
  return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

struct Held {
  Clock::time_point due;
  std::string bytes;
};

}  // namespace

Relay::Relay(std::uint16_t port, std::chrono::milliseconds hold) : target_(port), hold_(hold) {
  listener_ = orThrow(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  orThrow(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), "bind");
  orThrow(::listen(listener_, 16), "listen");
  orThrow(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
  isOver_ = true;
  thread_.join();
  ::close(listener_);
}

void Relay::run() {
  while (!isOver_) {
    if (!isReadable(listener_)) continue;
    int caller = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (caller < 0) continue;
    pass(caller);
    ::close(caller);
  }
}

// Forwards one connection until it ends.
void Relay::pass(int caller) {
  int scheduler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(target_);
  bool isUp = ::connect(scheduler, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  const bool wasCut = isCut_;
  std::deque<Held> held;
  while (isUp && !isOver_ && isCut_ == wasCut) {
    if (isReadable(caller)) {
      std::string bytes = receive(caller);
      isUp = !bytes.empty() && send(scheduler, bytes);
    }
    if (isUp && isReadable(scheduler)) {
      std::string bytes = receive(scheduler);
      isUp = !bytes.empty();
      held.push_back({Clock::now() + (wasCut ? std::chrono::milliseconds(0) : hold_), bytes});
    }
    while (!held.empty() && held.front().due <= Clock::now()) {
      isUp = isUp && send(caller, held.front().bytes);
      held.pop_front();
    }
  }
  ::close(scheduler);
}

}  // namespace pi::cluster
