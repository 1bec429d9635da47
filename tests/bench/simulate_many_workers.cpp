// Prints how many calls very many workers make, and what CPU time and memory these cost the
// scheduler's core:  simulate_many_workers [WORKERS]...
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tests/bench/many_workers.h"

namespace pi::bench {
namespace {

using std::chrono::seconds;

constexpr Duration kJoining = seconds(60);

double milliseconds(Duration time) { return 1e3 * pi::seconds(time); }

double allocatedMegabytes() {
  struct mallinfo2 info = ::mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1e6;
}

void print(const char* what, const Load& load) {
  double length = pi::seconds(load.length);
  double calls = static_cast<double>(load.calls);
  std::printf(
      "  %-34s %9.1f s %10.0f calls/s %8.2f us of CPU a call %7.2f %% of a core, "
      "longest event %8.2f ms\n",
      what, length, calls / length, 1e6 * pi::seconds(load.cpu) / calls,
      100 * pi::seconds(load.cpu) / length, milliseconds(load.longest));
  std::fflush(stdout);
}

// A job for all workers together for that long; until its end.
void printJob(const char* what, ManyWorkers& cluster, std::size_t workers, Duration length) {
  double samples = pi::seconds(length) * static_cast<double>(workers * ManyWorkers::kSpeed);
  cluster.takeLoad();
  cluster.submit(static_cast<std::uint64_t>(samples));
  cluster.passUntilEnd(20 * length);
  Load load = cluster.takeLoad();
  print(what, load);
  std::printf("  %-34s %9.1f s, %.1f s of work for each worker\n", "  it took",
              pi::seconds(load.length), pi::seconds(length));
}

void printMany(std::size_t workers) {
  double before = allocatedMegabytes();
  ManyWorkers cluster(workers);
  double model = allocatedMegabytes() - before;
  cluster.joinWithin(kJoining);
  std::printf("%zu workers\n", workers);
  print("they join", cluster.takeLoad());
  // Each has heard the newest policy then.
  cluster.pass(4 * cluster.policy().heartbeat);
  cluster.takeLoad();
  WorkerPolicy policy = cluster.policy();
  cluster.pass(6 * policy.heartbeat);
  print("they wait for work", cluster.takeLoad());
  std::printf("  leases of %.1f s, heartbeats each %.1f s, silent after %.1f s\n",
              pi::seconds(policy.leaseTarget), pi::seconds(policy.heartbeat),
              pi::seconds(policy.silenceTimeout));
  cluster.submit(kSamplesEnd - 1);
  cluster.pass(5 * policy.leaseTarget);
  print("a large job begins", cluster.takeLoad());
  cluster.pass(4 * policy.leaseTarget);
  print("it continues", cluster.takeLoad());
  std::printf("  %-34s %9.1f MB, %.1f KB a worker\n", "the core's memory",
              allocatedMegabytes() - before - model,
              1e3 * (allocatedMegabytes() - before - model) / static_cast<double>(workers));
  cluster.cancel();
  cluster.pass(2 * policy.leaseTarget);
  printJob("a job from its start to its end", cluster, workers, 5 * policy.leaseTarget);
  cluster.hang(workers / 2);
  printJob("the same with a worker that hangs", cluster, workers, 5 * policy.leaseTarget);
}

}  // namespace
}  // namespace pi::bench

int main(int argc, char** argv) {
  std::vector<std::size_t> counts;
  for (int i = 1; i < argc; ++i) counts.push_back(std::strtoull(argv[i], nullptr, 10));
  if (counts.empty()) counts = {1'000, 12'000, 100'000};
  for (std::size_t workers : counts) {
    if (workers == 0) {
      std::fprintf(stderr, "usage: simulate_many_workers [WORKERS]...\n");
      return 2;
    }
    pi::bench::printMany(workers);
  }
  return 0;
}
