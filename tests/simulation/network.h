// The network of a story: each connection delivers in order, if at all.
#pragma once

#include <cstdint>
#include <functional>

#include "common/base/clock.h"
#include "common/model/ids.h"
#include "scheduler/core/event.h"

namespace pi::simulation {

struct World;
class WorkerProcess;

// A worker's connection to the scheduler.
struct Link {
  std::uint64_t number = 0;  // Counts up; messages of an older connection are lost.
  bool isUp = false;
  bool isMuted = false;    // All messages are lost, both ways.
  Instant upstreamAt{};    // When the last message to the scheduler arrives, ...
  Instant downstreamAt{};  // ... and the last one to the worker: order is kept.
};

class Network {
 public:
  explicit Network(World& world) : world_(world) {}

  // Tries to connect the worker; it learns the result later.
  void connect(WorkerProcess& worker);

  // The worker gives up its connection, or its attempt to get one.
  void hangUp(WorkerProcess& worker);

  // Both ends notice, each in its own time; messages on their way are lost.
  void breakConnection(WorkerProcess& worker);

  // All messages are lost from now on; neither end notices.
  void mute(WorkerProcess& worker);

  // kReceipt: the scheduler answers with event::ReportReceived.
  enum class Answer : std::uint8_t { kNone, kReceipt };
  void toScheduler(WorkerProcess& from, const scheduler::Event& event, Answer answer);

  // `arrive` runs when the message arrives, if it does.
  void toWorker(WorkerId to, const std::function<void(WorkerProcess&)>& arrive);

 private:
  Duration latencyOf(WorkerProcess& worker) const;
  void letIn(WorkerProcess& worker);
  void deliver(WorkerProcess& from, const scheduler::Event& event, Answer answer);
  void send(WorkerProcess& to, const std::function<void(WorkerProcess&)>& arrive);

  World& world_;
};

}  // namespace pi::simulation
