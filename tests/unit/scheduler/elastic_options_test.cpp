#include "scheduler/elastic_options.h"

#include <doctest/doctest.h>

#include "scheduler/options.h"
#include "tests/unit/cli/options_testing.h"

namespace pi {
namespace {

using namespace std::chrono_literals;
using allocation::QueueOptions;
using cli::holds;

using Words = std::vector<std::string>;

std::vector<QueueOptions> queuesOf(const Words& words) {
  return std::get<ServeOptions>(cli::accepted(parseSchedulerOptions(words))).queues;
}

QueueOptions queueOf(const Words& words) {
  std::vector<QueueOptions> queues = queuesOf(words);
  REQUIRE(queues.size() == 1);
  return queues.front();
}

std::string error(const Words& words) { return cli::errorOf(parseSchedulerOptions(words)); }

TEST_CASE("without --elastic there are no queues") { CHECK(queuesOf({}).empty()); }

TEST_CASE("a queue names its batch system and the options of that") {
  QueueOptions queue =
      queueOf({"--elastic", "slurm: --partition=a --comment='two words'", "--workers-max", "8"});
  CHECK(queue.system == "slurm");
  CHECK(queue.arguments == Words{"--partition=a", "--comment=two words"});
  CHECK(queue.workersMin == 0);
  CHECK(queue.workersMax == 8);
  CHECK(queue.workerTimeLimit == 1h);
  CHECK(queue.workerIdleTimeout == 5min);
  CHECK(queue.backlog == 2);
  CHECK(queue.minWork == 5min);
  CHECK(queue.nodeTimeMax == std::nullopt);
  for (const char* text : {"local", "local:", "local: ", " local"}) {
    CAPTURE(text);
    bool isFine = text[0] != ' ';
    CHECK(error({"--elastic", text, "--workers-max", "1"}).empty() == isFine);
  }
  CHECK(queueOf({"--elastic=slurm:--partition=a", "--workers-max=1"}).arguments ==
        Words{"--partition=a"});
}

TEST_CASE("a queue takes all of its limits") {
  QueueOptions queue =
      queueOf({"--elastic", "local: --threads 2", "--workers-min", "1", "--workers-max", "3",
               "--worker-time-limit", "10m", "--worker-idle-timeout", "2s", "--backlog", "4",
               "--min-work", "0", "--max-node-hours", "100"});
  CHECK(queue == QueueOptions{.system = "local",
                              .arguments = {"--threads", "2"},
                              .workersMin = 1,
                              .workersMax = 3,
                              .workerTimeLimit = 10min,
                              .workerIdleTimeout = 2s,
                              .backlog = 4,
                              .minWork = 0s,
                              .nodeTimeMax = 100h});
}

TEST_CASE("limits before the first queue hold for all, and those after one for this one") {
  std::vector<QueueOptions> queues =
      queuesOf({"--workers-max", "8", "--backlog", "3", "--elastic", "slurm: -p a", "--workers-max",
                "2", "--elastic", "slurm: -p b", "--min-work", "1m", "--elastic", "local"});
  REQUIRE(queues.size() == 3);
  CHECK(queues[0].workersMax == 2);
  CHECK(queues[1].workersMax == 8);
  CHECK(queues[2].workersMax == 8);
  for (const QueueOptions& queue : queues) CHECK(queue.backlog == 3);
  CHECK(queues[0].minWork == 5min);
  CHECK(queues[1].minWork == 1min);
  CHECK(queues[2].minWork == 5min);
}

TEST_CASE("the options of a single queue may follow --") {
  QueueOptions queue = queueOf({"--elastic", "slurm", "--workers-max", "8", "--port", "0", "--",
                                "--partition=a", "-A", "x"});
  CHECK(queue.arguments == Words{"--partition=a", "-A", "x"});
  CHECK(queue.workersMax == 8);
  CHECK(holds(error({"--", "--partition=a"}), "write --elastic slurm before it"));
  CHECK(holds(error({"--elastic", "slurm: -p a", "--workers-max", "1", "--", "-A", "x"}),
              "write all of them behind --"));
  CHECK(holds(error({"--workers-max", "1", "--elastic", "slurm", "--elastic", "local", "--", "-A"}),
              "for each"));
  CHECK(holds(error({"--elastic", "slurm", "--workers-max", "1", "--", "job.sh"}),
              "\"job.sh\" is not an option of sbatch"));
}

TEST_CASE("wrong queues are refused with the remedy") {
  CHECK(error({"--elastic", "pbs: -q a"}) ==
        "--elastic: \"pbs: -q a\" does not name slurm or local; write for example 'slurm: "
        "--partition=a'");
  CHECK(error({"--elastic", "slurm --partition=a"}) ==
        "--elastic: \"slurm --partition=a\" has no ':' after the batch system; write for example "
        "'slurm: --partition=a'");
  CHECK(holds(error({"--elastic", ""}), "is empty"));
  CHECK(holds(error({"--elastic", "slurm: -p $PART"}), "no shell reads it"));
  CHECK(holds(error({"--elastic", "slurm: --job-name=x", "--workers-max", "1"}),
              "--elastic: \"--job-name=x\" cannot be an option of a queue"));
  CHECK(holds(error({"--elastic", "local: --name x", "--workers-max", "1"}),
              "--elastic: \"--name\" cannot be an option of a queue"));
  CHECK(error({"--elastic", "slurm: -p a"}) ==
        "--elastic \"slurm: -p a\" needs --workers-max, for example --workers-max 8");
  CHECK(error({"--elastic", "local", "--workers-max", "2", "--workers-min", "3"}) ==
        "--elastic \"local\": --workers-min 3 is more than --workers-max 2; raise the second one");
  CHECK(error({"--workers-max", "2", "--elastic", "local", "--elastic", "local"}) ==
        "--elastic \"local\" is there twice; leave one out, and raise --workers-max");
  CHECK(error({"--workers-max", "2"}) ==
        "--workers-max is a limit of a queue; add --elastic, or leave it out");
  CHECK(holds(error({"--elastic", "local", "--workers-max", "0"}), "from 1 to"));
  CHECK(holds(error({"--elastic", "local", "--backlog", "0"}), "from 1 to"));
  CHECK(holds(error({"--elastic", "local", "--max-node-hours", "1.5"}), "a whole number"));
  CHECK(holds(error({"--elastic", "local", "--worker-idle-timeout", "0"}), "longer than zero"));
  CHECK(holds(error({"--elastic", "local", "--worker-time-limit", "x"}), "--worker-time-limit: "));
}

TEST_CASE("a scheduler without keys starts no workers for its clients") {
  CHECK(holds(error({"--insecure", "--elastic", "local", "--workers-max", "1"}),
              "leave --insecure out"));
}

TEST_CASE("a scheduler that saves nothing starts no workers") {
  CHECK(error({"--volatile", "--elastic", "local", "--workers-max", "1"}) ==
        "--elastic keeps its allocations and node-hours in the state directory, and --volatile "
        "saves nothing; leave --volatile out");
}

TEST_CASE("workers that Slurm starts have the keys of the connection file, not certificates") {
  const Words certificates = {"--tls-cert", "c", "--tls-key",     "k",
                              "--tls-ca",   "a", "--workers-max", "1"};
  auto with = [&](const std::string& queue) {
    Words words = certificates;
    words.insert(words.end(), {"--elastic", queue});
    return error(words);
  };
  CHECK(holds(with("slurm: -p a"), "leave the certificates out"));
  CHECK(with("local: --tls-cert w --tls-key k --tls-ca a") == "");
}

TEST_CASE("the help explains queues and their limits") {
  std::string help = cli::shownBy(parseSchedulerOptions({"--help"}));
  for (const char* part :
       {"--elastic QUEUE", "--workers-min N", "--workers-max N", "--worker-time-limit D",
        "--worker-idle-timeout D", "--backlog N", "--min-work D", "--max-node-hours N",
        "\n  QUEUE  ", "'slurm: --partition=a' --workers-max 8"}) {
    CAPTURE(part);
    CHECK(holds(help, part));
  }
}

}  // namespace
}  // namespace pi
