#include "worker/compute_pool.h"

#include <algorithm>
#include <asio/post.hpp>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/base/quantity.h"
#include "common/net/loop/clock.h"
#include "worker/affinity.h"

namespace pi::worker {
namespace {

std::runtime_error noThread(std::size_t wanted, std::size_t started, const char* reason) {
  return std::runtime_error("the system refuses to start " + countText(wanted, "compute thread") +
                            ": after " + countText(started) + " of them it says '" + reason +
                            "'; ask for fewer with --threads, or raise the limit on processes "
                            "(ulimit -u) or memory (ulimit -v)");
}

std::vector<double> speedsOf(const ComputeUnits& units) {
  std::vector<double> speeds;
  for (const auto& unit : units) speeds.push_back(unit->speed());
  return speeds;
}

// The CPUs, which come first.
std::size_t cpuCountOf(const ComputeUnits& units) {
  auto isCpu = [](const auto& unit) { return unit->usesCpu(); };
  PI_CHECK(std::ranges::is_partitioned(units, isCpu));
  return static_cast<std::size_t>(std::ranges::count_if(units, isCpu));
}

}  // namespace

// Events on their way to the loop's thread may outlive the pool; they share this, and end here.
struct ComputePool::Outlet {
  OnEvent onEvent;  // Called on the loop's thread only.
};

ComputePool::ComputePool(asio::io_context& io, ComputeUnits units, OnEvent onEvent)
    : io_(io),
      units_(std::move(units)),
      outlet_(std::make_shared<Outlet>(Outlet{kj::mv(onEvent)})),
      queue_(speedsOf(units_), cpuCountOf(units_)) {
  PI_CHECK(units_.size() >= 1);
  try {
    startThreads();
  } catch (const std::exception& failure) {  // No thread, or no memory for one.
    std::size_t started = threads_.size();
    endThreads();
    throw noThread(units_.size(), started, failure.what());
  }
}

ComputePool::~ComputePool() {
  outlet_->onEvent = [](const Event&) {};
  endThreads();
}

void ComputePool::startThreads() {
  auto busy = std::ranges::count_if(units_, [](const auto& unit) { return unit->usesCpu(); });
  std::vector<int> cpus = cpusToPin(static_cast<std::uint32_t>(busy), allowedCpus());
  auto next = cpus.begin();
  for (std::size_t i = 0; i < units_.size(); ++i) {
    std::optional<int> cpu;
    if (next != cpus.end() && units_[i]->usesCpu()) cpu = *next++;
    threads_.emplace_back([this, i, cpu] { work(i, cpu); });
  }
}

void ComputePool::requestEnd() {
  {
    std::lock_guard lock(mutex_);
    isEnding_ = true;
    queue_.abandonAll();
  }
  changed_.notify_all();
}

void ComputePool::endThreads() {
  requestEnd();
  for (std::thread& thread : threads_) thread.join();
}

bool ComputePool::endWithin(Duration timeout) {
  requestEnd();
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return threadsEnded_ == threads_.size(); });
}

void ComputePool::push(const Lease& lease) {
  {
    std::lock_guard lock(mutex_);
    queue_.push(lease);
    sendEvents();
  }
  changed_.notify_all();
}

void ComputePool::setLowWater(std::uint64_t samples) {
  std::lock_guard lock(mutex_);
  queue_.setLowWater(samples);
  sendEvents();
}

void ComputePool::cut() {
  std::lock_guard lock(mutex_);
  queue_.cut();
  sendEvents();
}

std::uint64_t ComputePool::truncate(LeaseId lease, std::uint64_t end) {
  std::lock_guard lock(mutex_);
  std::uint64_t kept = queue_.truncate(lease, end);
  sendEvents();
  return kept;
}

void ComputePool::drop(LeaseId lease) {
  std::lock_guard lock(mutex_);
  queue_.drop(lease);
  sendEvents();
}

void ComputePool::stop() {
  std::lock_guard lock(mutex_);
  queue_.stop();
  sendEvents();
}

void ComputePool::work(std::size_t number, std::optional<int> cpu) {
  if (cpu) pinThisThread(*cpu);
  ComputeUnit& unit = *units_[number];
  std::unique_lock lock(mutex_);
  while (std::optional<WorkQueue::Task> task = takeNext(lock, number)) {
    lock.unlock();
    Instant begunAt = net::now();
    try {
      Hits hits =
          unit.count(task->stream(), task->range(), task->blockSamples(), task->isAbandoned());
      Instant at = net::now();
      lock.lock();
      queue_.finish(number, *task, hits, at - begunAt, unit.runTime(), at);
      if (queue_.takeHasLeft()) changed_.notify_all();
    } catch (const DeviceLost& loss) {
      lock.lock();
      lose(number, *task, loss);
      break;
    }
    sendEvents();
  }
  ++threadsEnded_;
  changed_.notify_all();
}

// Waits for the next task; nothing at the end.
std::optional<WorkQueue::Task> ComputePool::takeNext(std::unique_lock<std::mutex>& lock,
                                                     std::size_t unit) {
  while (!isEnding_) {
    if (auto task = queue_.take(unit, net::now())) {
      sendEvents();
      return task;
    }
    changed_.wait(lock);
  }
  return std::nullopt;
}

// The other units compute what this one has given back.
void ComputePool::lose(std::size_t unit, const WorkQueue::Task& task, const DeviceLost& loss) {
  queue_.giveBack(unit, task);
  sendEvents();
  std::size_t left = units_.size() - threadsEnded_ - 1;
  asio::post(io_, [outlet = outlet_, left, reason = std::string(loss.what())] {
    outlet->onEvent(event::DeviceLost{.threadsLeft = left, .reason = reason});
  });
}

// The caller holds the mutex, so that events are sent in the order in which they happen.
void ComputePool::sendEvents() {
  if (queue_.takeHasMoved()) changed_.notify_all();
  for (const Event& event : queue_.takeEvents()) {
    asio::post(io_, [outlet = outlet_, event] { outlet->onEvent(event); });
  }
}

}  // namespace pi::worker
