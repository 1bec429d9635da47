// A port that forwards connections to the scheduler, with a delay, until they are cut.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace pi::cluster {

class Relay {
 public:
  // Forwards to `port`.  The scheduler's answers are delayed by `hold`.
  Relay(std::uint16_t port, std::chrono::milliseconds hold);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::string address() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

  // Closes the connection that exists; answers that are held are lost.  Later connections have no
  // delay.
  void cut() { isCut_ = true; }

 private:
  void run();
  void pass(int caller);

  const std::uint16_t target_;
  const std::chrono::milliseconds hold_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> isCut_ = false;
  std::atomic<bool> isOver_ = false;
  std::thread thread_;
};

}  // namespace pi::cluster
