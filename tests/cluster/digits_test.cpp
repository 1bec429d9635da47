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

TEST_CASE("scaling measures 1, 2 and 3 threads of this machine, and writes a plot") {
  Home home;
  std::string plot = home.connectionFile().parent_path() / "plot.svg";
  Words words{"scaling", "1e8", "--local", "--max-threads", "3", "--rounds", "2", "--plot", plot};

  Ended text = home.runClient(words);
  CHECK(text.exitCode == 0);
  CHECK(mentions(text.out, "THREADS"));
  CHECK(mentions(text.out, "serial fraction by Amdahl's law: "));
  CHECK(mentions(contentOf(plot), "</svg>"));

  words.emplace_back("--weak");
  words.emplace_back("--json");
  Json weak = Json::parse(home.runClient(words).out);
  CHECK(weak.at("mode") == "weak");
  CHECK(weak.at("local") == true);
  CHECK(weak.at("points").size() == 3);
  CHECK(weak.at("points").at(2).at("threads") == 3);
  CHECK(weak.at("points").at(0).at("efficiency") == 1.0);
  CHECK(weak.at("serial_fraction_error").is_number());
  CHECK(mentions(contentOf(plot), "Weak scaling"));

  Ended unwritable = home.runClient({"scaling", "1e8", "--local", "--plot", "/proc/none.svg"});
  CHECK(unwritable.exitCode == 1);
  CHECK(mentions(unwritable.err, "name another file with --plot"));
}

TEST_CASE("scaling measures the threads of all workers, each time with a limited job") {
  Cluster cluster;
  cluster.addWorker();
  cluster.addWorker();
  std::string plot = cluster.connectionFile().parent_path() / "plot.svg";
  Ended client = cluster.runClient(
      {"scaling", "1e9", "--rounds", "2", "--seed", "3", "--plot", plot, "--json"});
  REQUIRE(client.exitCode == 0);
  CHECK(mentions(client.err, "measuring the workers with up to 2 threads"));
  Json result = Json::parse(client.out);
  CHECK(result.at("local") == false);
  CHECK(result.at("points").size() == 2);
  CHECK(result.at("points").at(1).at("threads") == 2);
  CHECK(result.at("points").at(0).at("seconds") > 0);
  CHECK(mentions(contentOf(plot), "</svg>"));

  Json jobs = cluster.ask({"list"}).at("jobs");
  CHECK(jobs.size() >= 4);  // A disturbed run is repeated.
  std::uint64_t hits = hitsAmong(1'000'000'000, {.seed = 3});
  for (const Json& job : jobs) {
    CHECK(job.at("state") == "finished");
    CHECK(job.at("hits") == hits);
    std::uint64_t limit = job.at("max_threads");
    CHECK((limit == 1 || limit == 2));
    CHECK(job.at("name") == (limit == 1 ? "scaling, 1 thread" : "scaling, 2 threads"));
  }

  Ended weak = cluster.runClient({"scaling", "1e8", "--rounds", "2", "--weak", "--plot", plot});
  CHECK(weak.exitCode == 0);
  CHECK(mentions(weak.out, "1e8 samples for each thread, random, medians of 2 rounds\n"));
  CHECK(mentions(weak.out, "serial fraction by Gustafson's law: "));
  CHECK(mentions(contentOf(plot), "Weak scaling"));
  jobs = cluster.ask({"list"}).at("jobs");
  CHECK(jobs.back().at("samples") == 200'000'000);
  CHECK(jobs.back().at("max_threads") == 2);

  // Nothing of this machine is measured there.
  CHECK(cluster.runClient({"scaling", "1e7", "--rounds", "1", "--local"}).exitCode == 0);
  CHECK(cluster.ask({"list"}).at("jobs").size() == jobs.size());
}

TEST_CASE("scaling asks for no more threads than the workers have, and says how many these are") {
  Cluster cluster;
  cluster.addWorker();
  Ended client = cluster.runClient({"scaling", "1e8", "--max-threads", "2"});
  CHECK(client.exitCode == 2);
  CHECK(mentions(client.err, "the workers have 1 thread together; give at most as many"));
  CHECK(cluster.ask({"list"}).at("jobs").empty());
}

TEST_CASE("scaling waits for the first worker, and says so") {
  Cluster cluster;
  auto client = cluster.startClient({"scaling", "1e8", "--rounds", "1", "--json"});
  while (!mentions(client->err(), "waiting: 0 of 1 worker are there")) {
  }
  cluster.addWorker();
  CHECK(client->wait() == 0);
}

TEST_CASE("scaling beside another job warns, and Ctrl-C cancels its own job") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  std::uint64_t other = cluster.submit(kEndless, {"--priority", "-1"});
  cluster.waitForContribution(worker);
  Ended client = cluster.runClient({"scaling", "1e7", "--rounds", "1", "--json"});
  CHECK(client.exitCode == 0);
  CHECK(mentions(client.err, "on 1 thread: other jobs ran meanwhile; measuring again"));
  CHECK(mentions(client.err, "the time counts nevertheless"));
  std::size_t before = cluster.ask({"list"}).at("jobs").size();

  auto endless = cluster.startClient({"scaling", std::to_string(kEndless)});
  while (cluster.ask({"list"}).at("jobs").size() == before) {
  }
  std::uint64_t own = cluster.ask({"list"}).at("jobs").back().at("job");
  endless->signal(SIGINT);
  CHECK(endless->wait() == 130);
  CHECK(cluster.stateOf(own) == "cancelled");
  CHECK(cluster.stateOf(other) == "running");
}

TEST_CASE("a job keeps its limit of threads, also after a restart") {
  Cluster cluster;
  cluster.addWorker({"--threads", "2"});
  cluster.addWorker({"--threads", "2"});
  Json limited = cluster.ask({"run", "1e9", "1e6", "--max-threads", "1"});
  CHECK(limited.at("max_threads") == 1);
  CHECK(limited.at("hits") == hitsAmong(1'000'000'000, {.seed = kDefaultSeed}));
  CHECK(cluster.ask({"run", "1e6"}).at("max_threads").is_null());

  std::uint64_t endless = cluster.submit(kEndless, {"--max-threads", "3"});
  while (cluster.stateOf(endless) != "running") {
  }
  cluster.scheduler().signal(SIGKILL);
  cluster.restartScheduler();
  Json restarted = cluster.ask({"status", std::to_string(endless)});
  CHECK(restarted.at("max_threads") == 3);
  Ended text = cluster.runClient({"status", std::to_string(endless)});
  CHECK(mentions(text.out, "threads   at most 3 at one time\n"));
}

}  // namespace pi::cluster
