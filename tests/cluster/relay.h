// A port that passes everything on to the scheduler, slowly or not, until its connections are cut.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace pi::cluster {

class Relay {
 public:
  // What comes back from `port` is held so long before it is passed on.
  Relay(std::uint16_t port, std::chrono::milliseconds hold);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::string address() const { return "tcp://127.0.0.1:" + std::to_string(port_); }

  // Cuts the connection there is, with all that is held; the ones to come are not held up.
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
