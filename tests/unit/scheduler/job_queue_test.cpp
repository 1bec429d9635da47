#include "scheduler/core/job_queue.h"

#include <doctest/doctest.h>

#include <vector>

namespace pi::scheduler {
namespace {

constexpr JobId kFirst{1}, kSecond{2}, kThird{3};

std::vector<JobId> order(const JobQueue& queue) {
  std::vector<JobId> jobs;
  for (const JobQueue::Place& place : queue.lendable(JobQueue::Lendable::kToAll))
    jobs.push_back(place.job);
  return jobs;
}

TEST_CASE("a higher priority goes first, however long it was served") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 5);
  queue.add(kThird, -5);
  queue.charge(kSecond, 1000);

  CHECK(order(queue) == std::vector{kSecond, kFirst, kThird});
}

TEST_CASE(
    "among jobs of one priority the least served goes first, and of two alike the later one") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  CHECK(order(queue) == std::vector{kSecond, kFirst});

  queue.charge(kSecond, 1);
  CHECK(order(queue) == std::vector{kFirst, kSecond});

  queue.charge(kFirst, 2);
  CHECK(order(queue) == std::vector{kSecond, kFirst});
}

TEST_CASE("a new job gets no credit for the time before its submission") {
  JobQueue queue;
  queue.add(kFirst, 0);
  for (int i = 0; i < 1000; ++i) queue.charge(kFirst, 1);
  queue.add(kSecond, 0);

  queue.charge(kSecond, 3);

  CHECK(order(queue) == std::vector{kFirst, kSecond});
}

TEST_CASE("a job with nothing to lend is skipped, and gets no credit for it") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  queue.setLendable(kFirst, JobQueue::Lendable::kToNone);
  CHECK(order(queue) == std::vector{kSecond});

  for (int i = 0; i < 1000; ++i) queue.charge(kSecond, 1);
  queue.setLendable(kFirst, JobQueue::Lendable::kToAll);
  queue.charge(kFirst, 3);

  CHECK(order(queue) == std::vector{kSecond, kFirst});
}

TEST_CASE("work given back does not count as lent") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  queue.charge(kSecond, 1);
  queue.charge(kFirst, 2);
  queue.refund(kFirst, 1.5);

  CHECK(order(queue) == std::vector{kFirst, kSecond});
}

TEST_CASE("work given back puts no job before a new one") {
  JobQueue queue;
  queue.add(kFirst, 0);
  for (int i = 0; i < 10; ++i) queue.charge(kFirst, 1);
  queue.add(kSecond, 0);

  queue.refund(kFirst, 10);

  CHECK(order(queue) == std::vector{kSecond, kFirst});
}

TEST_CASE("a job that enters again is before all others, also before newer ones") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  queue.charge(kFirst, 1);
  queue.setLendable(kFirst, JobQueue::Lendable::kToNone);
  queue.charge(kSecond, 10);
  queue.setLendable(kFirst, JobQueue::Lendable::kToAll);
  queue.refund(kSecond, 10);
  REQUIRE(order(queue) == std::vector{kSecond, kFirst});

  queue.reenter(kFirst);
  queue.checkInvariants();
  CHECK(order(queue) == std::vector{kFirst, kSecond});

  queue.reenter(kThird);  // Unknown.
  queue.setLendable(kFirst, JobQueue::Lendable::kToNone);
  queue.reenter(kFirst);
  queue.checkInvariants();
  CHECK(order(queue) == std::vector{kSecond});
}

TEST_CASE("an ended job is not served") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  queue.remove(kFirst);
  queue.charge(kFirst, 1);
  queue.remove(kFirst);

  CHECK(order(queue) == std::vector{kSecond});
}

TEST_CASE("a job with a new priority enters its new class without a debt or a claim") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 5);
  queue.add(kThird, 5);
  queue.charge(kThird, 10);
  queue.charge(kSecond, 10);
  queue.charge(kFirst, 1000);
  queue.setPriority(kFirst, 5);
  queue.checkInvariants();
  // Its service in the old class does not count: it starts where the others are.
  CHECK(order(queue).front() == kFirst);
  CHECK(queue.peers(5) == 3);
  CHECK(queue.peers(0) == 0);
  queue.setPriority(kThird, -1);
  CHECK(order(queue).back() == kThird);
}

TEST_CASE("a job without open samples stays so when its priority changes") {
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.setLendable(kFirst, JobQueue::Lendable::kToNone);
  queue.setPriority(kFirst, 5);
  queue.checkInvariants();
  CHECK(order(queue).empty());
  queue.setLendable(kFirst, JobQueue::Lendable::kToAll);
  CHECK(order(queue) == std::vector{kFirst});
  queue.setPriority(kSecond, 5);  // Unknown.
  CHECK(queue.size() == 1);
}

TEST_CASE("a job that only holders of its seats can be lent is in a list of its own") {
  using enum JobQueue::Lendable;
  JobQueue queue;
  queue.add(kFirst, 0);
  queue.add(kSecond, 0);
  queue.setLendable(kFirst, kToHolders);
  CHECK(queue.lendable(JobQueue::Lendable::kToAll).size() == 1);
  REQUIRE(queue.lendable(kToHolders).size() == 1);
  CHECK(queue.lendable(kToHolders).begin()->job == kFirst);
  queue.charge(kFirst, 5);
  queue.setPriority(kFirst, 3);
  CHECK(queue.lendable(kToHolders).begin()->priority == 3);
  queue.checkInvariants();

  queue.setLendable(kFirst, kToAll);
  CHECK(queue.lendable(kToHolders).empty());
  CHECK(queue.lendable(JobQueue::Lendable::kToAll).size() == 2);
  queue.setLendable(kFirst, kToHolders);
  queue.remove(kFirst);
  CHECK(queue.lendable(kToHolders).empty());
  queue.checkInvariants();
}

}  // namespace
}  // namespace pi::scheduler
