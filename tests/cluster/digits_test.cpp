// Jobs that stop at a target error, jobs that grow, and the measurement of how jobs scale.
#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {

TEST_CASE("run --target-error stops at the same samples and hits on every cluster") {
  Cluster cluster;
  cluster.addWorker();
  cluster.addWorker();
  Words words{"run", "--target-error", "1e-7", "--sampler", "sobol", "--json"};

  Json result = Json::parse(cluster.runClient(words).out);
  CHECK(result.at("state") == "finished");
  CHECK(result.at("target_error") == 1e-7);
  CHECK(result.at("target_reached") == true);
  CHECK(result.at("standard_error") <= 1e-7);
  std::uint64_t samples = result.at("samples");
  CHECK((samples & (samples - 1)) == 0);
  CHECK(result.at("hits") ==
        hitsAmong(samples, {.seed = kDefaultSeed, .sampler = Sampler::kSobol}));

  words.emplace_back("--local");
  Json local = Json::parse(cluster.runClient(words).out);
  CHECK(local.at("samples") == samples);
  CHECK(local.at("hits") == result.at("hits"));
}

TEST_CASE("a target error that --max-samples does not allow ends with exit code 1 and a result") {
  Cluster cluster;
  cluster.addWorker();
  Ended client = cluster.runClient(
      {"run", "--target-error", "1e-9", "--max-samples", "1e6", "--sampler", "sobol", "--json"});
  CHECK(client.exitCode == 1);
  Json result = Json::parse(client.out);
  CHECK(result.at("state") == "finished");
  CHECK(result.at("target_reached") == false);
  CHECK(result.at("samples_counted") == 1'000'000);
  CHECK(mentions(result.at("reason"), "not reached"));

  Ended text = cluster.runClient({"run", "--target-error", "0.001", "--no-progress"});
  CHECK(text.exitCode == 0);
  CHECK(mentions(text.out, "target    standard error at most 0.001\n"));
}

TEST_CASE("an extended job has the result of a job of that size, also across a restart") {
  Cluster cluster;
  cluster.addWorker();
  for (std::string sampler : {"random", "sobol"}) {
    CAPTURE(sampler);
    Json small = cluster.ask({"run", "1e7", "333_333", "--sampler", sampler});
    cluster.scheduler().signal(SIGKILL);
    cluster.restartScheduler();
    std::string job = std::to_string(small.at("job").get<std::uint64_t>());

    Json extended = cluster.ask({"extend", job, "5e8"});
    Json fresh = cluster.ask({"run", "5e8", "333_333", "--sampler", sampler});
    CHECK(extended.at("extended_from") == Json::array({10'000'000}));
    CHECK(extended.at("extended_from_text") == Json::array({"10000000"}));
    CHECK(fresh.at("extended_from") == Json::array());
    for (const char* key : {"samples", "samples_counted", "hits", "pi", "pi_text", "ci95", "chunks",
                            "chunks_counted", "counted_by", "standard_error"}) {
      CAPTURE(key);
      CHECK(extended.at(key) == fresh.at(key));
    }
    // It is done: nothing is computed again.
    CHECK(cluster.ask({"extend", job, "5e8"}).at("hits") == fresh.at("hits"));
  }
}

TEST_CASE("Ctrl-C on extend stops waiting, and the job continues") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  cluster.ask({"run", "1000"});
  auto client = cluster.startClient({"extend", "1", std::to_string(kEndless), "--no-progress"});
  cluster.waitForContribution(worker);
  while (cluster.stateOf(1) != "running") {
  }

  client->signal(SIGINT);
  CHECK(client->wait() == 130);
  CHECK(mentions(client->err(), "interrupted; job 1 continues"));
  CHECK(cluster.stateOf(1) == "running");
}

TEST_CASE("a job that cannot be extended stays as it is, and the error names the remedy") {
  Cluster cluster;
  cluster.addWorker();
  cluster.ask({"run", "1e6"});
  Ended shrunk = cluster.runClient({"extend", "1", "1000"});
  CHECK(shrunk.exitCode == 1);
  CHECK(mentions(shrunk.err, "a job does not shrink; give a larger number"));
  CHECK(cluster.stateOf(1) == "finished");

  Ended unknown = cluster.runClient({"extend", "7", "1e9"});
  CHECK(unknown.exitCode == 1);
  CHECK(mentions(unknown.err, "there is no job 7"));
  CHECK(cluster.runClient({"extend", "1"}).exitCode == 2);
}

TEST_CASE("scaling measures 1, 2 and 3 threads, and writes a plot") {
  Home home;
  std::string plot = home.connectionFile().parent_path() / "plot.svg";
  Words words{"scaling", "1e8", "--max-threads", "3", "--rounds", "2", "--plot", plot};

  Ended text = home.runClient(words);
  CHECK(text.exitCode == 0);
  CHECK(mentions(text.out, "THREADS"));
  CHECK(mentions(text.out, "serial fraction by Amdahl's law: "));
  CHECK(mentions(contentOf(plot), "</svg>"));

  words.emplace_back("--weak");
  words.emplace_back("--json");
  Json weak = Json::parse(home.runClient(words).out);
  CHECK(weak.at("mode") == "weak");
  CHECK(weak.at("points").size() == 3);
  CHECK(weak.at("points").at(2).at("threads") == 3);
  CHECK(weak.at("points").at(0).at("efficiency") == 1.0);
  CHECK(weak.at("serial_fraction_error").is_number());
  CHECK(mentions(contentOf(plot), "Weak scaling"));

  Ended unwritable = home.runClient({"scaling", "1e8", "--plot", "/proc/none.svg"});
  CHECK(unwritable.exitCode == 1);
  CHECK(mentions(unwritable.err, "name another file with --plot"));
}

}  // namespace pi::cluster
