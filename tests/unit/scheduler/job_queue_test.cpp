#include "scheduler/core/job_queue.h"

#include <doctest/doctest.h>

#include <vector>

namespace pi::scheduler {
namespace {

constexpr JobId kFirst{1}, kSecond{2}, kThird{3};

std::vector<JobId> order(const JobQueue& queue) {
  std::vector<JobId> jobs;
  for (const JobQueue::Place& place : queue.inOrder()) jobs.push_back(place.job);
  return jobs;
}

TEST_CASE("a higher priority goes first, however long it was served") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 5);
  queue.add(kThird, -5);
  queue.serve(kSecond, 1000);

  CHECK(order(queue) == std::vector{kSecond, kFirst, kThird});
}

TEST_CASE("among jobs of one priority the least served goes first") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  queue.serve(kFirst, 2);
  queue.serve(kSecond, 1);
  CHECK(order(queue) == std::vector{kSecond, kFirst});

  queue.serve(kSecond, 2);
  CHECK(order(queue) == std::vector{kFirst, kSecond});
}

TEST_CASE("a new job does not make up for the time before it came") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.serve(kFirst, 1000);
  queue.add(kSecond, 0);
  queue.serve(kSecond, 2);
  queue.serve(kFirst, 1);

  CHECK(order(queue) == std::vector{kFirst, kSecond});
}

TEST_CASE("work given back counts as not served") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  queue.serve(kFirst, 2);
  queue.serve(kSecond, 1);
  queue.serve(kFirst, -1.5);

  CHECK(order(queue) == std::vector{kFirst, kSecond});
}

TEST_CASE("a job that is over is served no more") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  queue.remove(kFirst);
  queue.serve(kFirst, 1);
  queue.remove(kFirst);

  CHECK(order(queue) == std::vector{kSecond});
}

}  // namespace
}  // namespace pi::scheduler
