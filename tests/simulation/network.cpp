#include "tests/simulation/network.h"

#include <algorithm>

#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

using std::chrono::milliseconds;

constexpr Duration kConnectMax = milliseconds(20);
constexpr Duration kLatencyMax = milliseconds(5);
constexpr Duration kNoticeMax = milliseconds(50);  // Until an end sees that a connection broke.

}  // namespace

void Network::connect(WorkerProcess& worker) {
  std::uint64_t number = ++worker.link.number;
  Duration distance = world_.plan.workers[worker.index()].distance;
  world_.timeline.after(worker.random.upTo(kConnectMax) + 2 * distance, [this, &worker, number] {
    if (number != worker.link.number) return;
    bool isRefused = world_.chances.strikes(Fault::kRefuseConnection, worker.index());
    if (!world_.scheduler.isOpen() || isRefused) {
      worker.feed(worker::event::Disconnected{.random = worker.random.next()});
      return;
    }
    worker.feed(worker::event::Reached{});
    if (world_.chances.strikes(Fault::kMuteListener, worker.index())) return;
    worker.link.isUp = true;
    letIn(worker);
  });
}

// The scheduler's gate answers.
void Network::letIn(WorkerProcess& worker) {
  Duration distance = world_.plan.workers[worker.index()].distance;
  if (distance == Duration::zero()) return worker.feed(worker::event::Connected{});
  world_.timeline.after(2 * distance, [&worker, number = worker.link.number] {
    if (number == worker.link.number && worker.link.isUp) worker.feed(worker::event::Connected{});
  });
}

Duration Network::latencyOf(WorkerProcess& worker) const {
  return worker.random.upTo(kLatencyMax) + world_.plan.workers[worker.index()].distance;
}

void Network::hangUp(WorkerProcess& worker) {
  if (worker.link.isUp) return breakConnection(worker);
  world_.timeline.after(Duration(0), [&worker, number = worker.link.number] {
    if (number != worker.link.number) return;
    worker.feed(worker::event::Disconnected{.random = worker.random.next()});
  });
}

void Network::breakConnection(WorkerProcess& worker) {
  if (!worker.link.isUp) return;
  worker.link.isUp = worker.link.isMuted = false;
  std::uint64_t number = ++worker.link.number;
  world_.timeline.after(worker.random.upTo(kNoticeMax), [&worker, number] {
    if (number != worker.link.number) return;
    worker.feed(worker::event::Disconnected{.random = worker.random.next()});
  });
  std::uint64_t life = world_.scheduler.life();
  world_.timeline.after(worker.random.upTo(kNoticeMax), [this, &worker, number, life] {
    // A worker that has reconnected has replaced its old connection.
    bool isReplaced = number != worker.link.number || worker.link.isUp;
    if (life != world_.scheduler.life() || isReplaced) return;
    world_.scheduler.feed(scheduler::event::WorkerLost{.worker = worker.id()});
  });
}

void Network::mute(WorkerProcess& worker) { worker.link.isMuted = true; }

void Network::toScheduler(WorkerProcess& from, const scheduler::Event& event, Answer answer) {
  Link& link = from.link;
  if (!link.isUp || link.isMuted) return;
  link.upstreamAt = std::max(link.upstreamAt, world_.now() + latencyOf(from));
  world_.timeline.at(link.upstreamAt, [this, &from, event, answer, number = link.number] {
    if (number == from.link.number && from.link.isUp) deliver(from, event, answer);
  });
}

void Network::deliver(WorkerProcess& from, const scheduler::Event& event, Answer answer) {
  SchedulerProcess& scheduler = world_.scheduler;
  if (world_.now() < scheduler.busyUntil()) {
    world_.timeline.at(scheduler.busyUntil(),
                       [this, &from, event, answer, life = scheduler.life()] {
                         if (life == world_.scheduler.life()) deliver(from, event, answer);
                       });
    return;
  }
  if (!scheduler.accepts(event)) return breakConnection(from);
  scheduler.feed(event);
  if (answer == Answer::kNone || scheduler.core() == nullptr) return;
  worker::Event receipt =
      worker::event::ReportReceived{.committed = scheduler.core()->committedOf(from.id()),
                                    .policy = scheduler.core()->policyOf(from.id())};
  send(from, [receipt](WorkerProcess& to) { to.feed(receipt); });
}

void Network::toWorker(WorkerId to, const std::function<void(WorkerProcess&)>& arrive) {
  for (const auto& worker : world_.workers) {
    if (worker->id() == to) send(*worker, arrive);
  }
}

void Network::send(WorkerProcess& to, const std::function<void(WorkerProcess&)>& arrive) {
  Link& link = to.link;
  if (!link.isUp || link.isMuted) return;
  link.downstreamAt = std::max(link.downstreamAt, world_.now() + latencyOf(to));
  world_.timeline.at(link.downstreamAt, [&to, arrive, number = link.number] {
    if (number == to.link.number && to.link.isUp && to.isAlive()) arrive(to);
  });
}

}  // namespace pi::simulation
