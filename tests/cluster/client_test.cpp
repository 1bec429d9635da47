#include <doctest/doctest.h>

#include <csignal>
#include <numbers>
#include <set>
#include <string>

#include "common/model/stream.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/unit/json/job_keys.h"

namespace pi::cluster {
namespace {

std::set<std::string> fieldsOf(const Json& object) {
  std::set<std::string> fields;
  for (const auto& item : object.items()) fields.insert(item.key());
  return fields;
}

const std::set<std::string> kJobFields(testing::kJobKeys.begin(), testing::kJobKeys.end());

}  // namespace

TEST_CASE("run --json prints every promised field, and its integers are exact") {
  Cluster cluster;
  cluster.addWorker();

  Ended client = cluster.runClient({"run", "100_000_001", "1e6", "--seed", "7", "--json"});

  CHECK(client.exitCode == 0);
  CHECK(isOneLine(client.out));
  Json result = Json::parse(client.out);
  CHECK(fieldsOf(result) == kJobFields);
  std::uint64_t hits = hitsAmong(100'000'001, {.seed = 7});
  CHECK(result.at("schema") == 1);
  CHECK(result.at("job") == 1);
  CHECK(result.at("uid").get<std::string>().size() == 32);
  CHECK(result.at("state") == "finished");
  CHECK(result.at("samples") == 100'000'001);
  CHECK(result.at("hits") == hits);
  CHECK(result.at("seed") == 7);
  CHECK(result.at("sampler") == "random");
  CHECK(result.at("stream_version") == kStreamVersion);
  CHECK(result.at("chunk_size") == 1'000'000);
  CHECK(result.at("chunks") == 101);
  CHECK(result.at("workers") == 1);
  CHECK(result.at("threads") == 1);
  CHECK(result.at("duplicates_dropped") == 0);
  CHECK(result.at("wall_seconds") > 0.0);
  CHECK(result.at("samples_per_second").is_number_unsigned());
  CHECK(result.at("samples_per_second_text") == result.at("samples_per_second").dump());
  double estimate = 4.0 * static_cast<double>(hits) / 100'000'001;
  CHECK(result.at("pi").get<double>() == doctest::Approx(estimate).epsilon(1e-15));
  CHECK(result.at("standard_error").get<double>() == doctest::Approx(1.64e-4).epsilon(0.01));
  CHECK(result.at("ci95").size() == 2);
  CHECK(result.at("ci95").at(0) < result.at("pi"));
  CHECK(result.at("pi") < result.at("ci95").at(1));

  CHECK(cluster.ask({"wait", "1"}) == result);
  CHECK(cluster.ask({"status", "last"}) == result);
  CHECK(cluster.ask({"list"}) == Json{{"schema", 1}, {"jobs", Json::array({result})}});
}

TEST_CASE("the largest integers are exact in JSON") {
  Cluster cluster;
  const std::uint64_t samples = (std::uint64_t{1} << 63) - 1;

  Json submitted = cluster.ask({"submit", std::to_string(samples), std::to_string(samples - 1),
                                "--seed", "18446744073709551615"});

  Json status = cluster.ask({"status", "1"});
  CHECK(submitted == Json{{"schema", 1}, {"job", 1}, {"uid", status.at("uid")}});
  CHECK(submitted.at("uid").get<std::string>().size() == 32);
  CHECK(status.at("state") == "queued");
  CHECK(status.at("samples") == samples);
  CHECK(status.at("chunk_size") == samples - 1);
  CHECK(status.at("chunks") == 2);
  CHECK(status.at("seed") == UINT64_MAX);
  // For programs that read numbers as doubles.
  CHECK(status.at("samples_text") == "9223372036854775807");
  CHECK(status.at("chunk_size_text") == "9223372036854775806");
  CHECK(status.at("chunks_text") == "2");
  CHECK(status.at("seed_text") == "18446744073709551615");
  CHECK(cluster.runClient({"submit", "1e18", "1e6"}).out == "2\n");
}

TEST_CASE("run prints the estimate, and with --quiet only the estimate") {
  Cluster cluster;
  cluster.addWorker();

  Ended text = cluster.runClient({"1e8", "--no-progress"});
  CHECK(text.exitCode == 0);
  CHECK(text.out.starts_with("pi = 3.14"));
  CHECK(mentions(text.out, "2017"));  // The seed, with which the digits can be reproduced.
  CHECK(text.err == "pi-client: job 1 submitted\n");

  Ended quiet = cluster.runClient({"1e8", "--quiet"});
  CHECK(quiet.exitCode == 0);
  CHECK(quiet.err.empty());
  CHECK(isOneLine(quiet.out));
  CHECK(quiet.out.find_first_not_of("0123456789.\n") == std::string::npos);
  CHECK(std::stod(quiet.out) == doctest::Approx(std::numbers::pi).epsilon(1e-3));
}

TEST_CASE("without a connection file, run computes on this machine and says so") {
  Home home;

  Ended client = home.runShell("unset PI_CONNECTION_FILE; exec $PI_CLIENT run 1e8 --json");

  CHECK(client.exitCode == 0);
  CHECK(mentions(client.err, "no scheduler found"));
  CHECK(Json::parse(client.out).at("hits") == hitsAmong(100'000'000));
}

TEST_CASE("Ctrl-C on run cancels the job, and the exit code is 130") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  auto client = cluster.startClient({"run", std::to_string(kEndless), "--no-progress"});
  cluster.waitForContribution(worker);

  client->signal(SIGINT);

  CHECK(client->wait() == 130);
  CHECK(mentions(client->err(), "interrupted; job 1 was cancelled"));
  CHECK(cluster.stateOf(1) == "cancelled");
}

TEST_CASE("Ctrl-C on wait does not cancel the job") {
  Cluster cluster;
  std::uint64_t job = cluster.submit(kEndless);
  auto client = cluster.startClient({"wait", "last"});
  client->waitForErr("waiting for workers");

  client->signal(SIGINT);

  CHECK(client->wait() == 130);
  CHECK(client->out().empty());
  CHECK(cluster.stateOf(job) == "queued");
}

TEST_CASE("--timeout cancels the job of run but not of wait, and the exit code is 5") {
  Cluster cluster;
  cluster.addWorker();
  Ended run = cluster.runClient({"run", std::to_string(kEndless), "--timeout", "1s"});
  CHECK(run.exitCode == 5);
  CHECK(cluster.stateOf(1) == "cancelled");

  std::uint64_t job = cluster.submit(kEndless);
  Ended wait = cluster.runClient({"wait", std::to_string(job), "--timeout", "0.2s"});
  CHECK(wait.exitCode == 5);
  CHECK_FALSE(cluster.stateOf(job) == "cancelled");
}

TEST_CASE("run --json prints the cancelled job, with the samples counted so far") {
  Cluster cluster;
  Process& worker = cluster.addWorker();
  Words words = {"run", std::to_string(kEndless), "--json"};
  auto interrupted = cluster.startClient(words);
  cluster.waitForContribution(worker);
  interrupted->signal(SIGINT);
  CHECK(interrupted->wait() == 130);
  words.insert(words.end(), {"--timeout", "1s"});
  Ended late = cluster.runClient(words);
  CHECK(late.exitCode == 5);

  for (const std::string& out : {interrupted->out(), late.out}) {
    CHECK(isOneLine(out));
    Json result = Json::parse(out);
    CHECK(result.at("state") == "cancelled");
    Json status = cluster.ask({"status", std::to_string(result.at("job").get<int>())});
    CHECK(result.at("samples_counted") == status.at("samples_counted"));
    CHECK(result.at("hits") == status.at("hits"));
  }
  CHECK(Json::parse(interrupted->out()).at("samples_counted") > 0);
  CHECK(mentions(interrupted->err(), "job 1 was cancelled"));
  CHECK(mentions(late.err, "job 2 was cancelled"));
}

TEST_CASE("wait ends with exit code 1 when another client cancels the job") {
  Cluster cluster;
  cluster.submit(kEndless);
  auto client = cluster.startClient({"wait", "1", "--json"});
  client->waitForErr("waiting for workers");

  Ended cancel = cluster.runClient({"cancel", "1"});

  CHECK(cancel.exitCode == 0);
  CHECK(client->wait() == 1);
  CHECK(Json::parse(client->out()).at("state") == "cancelled");
}

TEST_CASE("an unknown job is an error of one line, with exit code 1") {
  Cluster cluster;
  for (const char* job : {"7", "last"}) {
    for (const char* command : {"status", "wait", "cancel"}) {
      CAPTURE(job);
      CAPTURE(command);
      Ended client = cluster.runClient({command, job});
      CHECK(client.exitCode == 1);
      CHECK(client.out.empty());
      CHECK(isOneLine(client.err));
    }
  }
  CHECK(cluster.ask({"list"}) == Json{{"schema", 1}, {"jobs", Json::array()}});
  CHECK(cluster.ask({"workers"}) == Json{{"schema", 1}, {"workers", Json::array()}});
}

TEST_CASE("'last' is the job that was submitted last") {
  Cluster cluster;
  cluster.submit(1000);
  cluster.submit(2000);

  CHECK(cluster.ask({"status", "last"}).at("samples") == 2000);
  CHECK(cluster.runClient({"cancel", "last"}).exitCode == 0);
  CHECK(cluster.stateOf(2) == "cancelled");
  CHECK(cluster.stateOf(1) == "queued");
}

TEST_CASE("invalid arguments are an error of one line, with exit code 2 and an empty stdout") {
  Home home;
  const std::vector<Words> all = {{},
                                  {"0"},
                                  {"-5"},
                                  {"1.5"},
                                  {"abc"},
                                  {"1e30"},
                                  {"9223372036854775808"},
                                  {"nan"},
                                  {""},
                                  {"1e9", "0"},
                                  {"1e9", "-1"},
                                  {"1e9", "0.5"},
                                  {"1e9", "many"},
                                  {"1e9", "1e6", "7"},
                                  {"run"},
                                  {"run", "1e9", "--bogus"},
                                  {"run", "1e9", "--seed"},
                                  {"run", "1e9", "--seed", "-1"},
                                  {"run", "1e9", "--sampler", "dice"},
                                  {"run", "1e9", "--timeout", "soon"},
                                  {"run", "1e9", "--local", "--scheduler", "tcp://127.0.0.1:1"},
                                  {"run", "1e9", "--json", "--quiet"},
                                  {"status"},
                                  {"status", "x"},
                                  {"cancel", "0"},
                                  {"list", "1"},
                                  {"list", "--scheduler", "http://127.0.0.1:1"}};
  for (const Words& words : all) {
    CAPTURE(Json(words).dump());
    Ended client = home.runClient(words);
    CHECK(client.exitCode == 2);
    CHECK(client.out.empty());
    CHECK(isOneLine(client.err));
  }
  CHECK(home.runWorker({"127.0.0.1:x"}).exitCode == 2);
  CHECK(home.runWorker({"--threads", "0"}).exitCode == 2);
  CHECK(home.runScheduler({"--port", "70000"}).exitCode == 2);
  CHECK(home.runScheduler({"launch"}).exitCode == 2);
}

TEST_CASE("an unreachable scheduler is an error of one line, with exit code 3") {
  Home home;
  for (const char* command : {"list", "workers", "1e9"}) {
    CAPTURE(command);
    Ended client = home.runClient({command, "--scheduler", "tcp://127.0.0.1:1"});
    CHECK(client.exitCode == 3);
    CHECK(client.out.empty());
    CHECK(isOneLine(client.err));
    CHECK(mentions(client.err, "127.0.0.1:1"));
  }
  CHECK(home.runClient({"list"}).exitCode == 3);
}

TEST_CASE("a suspended scheduler is an error of one line, with exit code 3") {
  Cluster cluster;
  cluster.scheduler().signal(SIGSTOP);
  auto run = cluster.startClient({"run", "1e6", "--no-progress", "--timeout", "0.5s"});
  auto workers = cluster.startClient({"workers"});
  Ended stop = cluster.runScheduler({"stop"});

  CHECK(stop.exitCode == 3);
  CHECK(isOneLine(stop.err));
  CHECK(workers->wait() == 3);
  CHECK(workers->out().empty());
  CHECK(isOneLine(workers->err()));
  CHECK(mentions(workers->err(), "the scheduler at " + cluster.address() + " does not answer; "));
  CHECK(run->wait() == 5);
  CHECK(isOneLine(run->err()));

  cluster.scheduler().signal(SIGCONT);
  CHECK(cluster.runClient({"workers"}).exitCode == 0);
  CHECK(cluster.ask({"list"}).at("jobs").empty());
}

TEST_CASE("Ctrl-C on run ends it with exit code 130 while the scheduler is suspended") {
  Cluster cluster;
  auto client = cluster.startClient({"run", std::to_string(kEndless)});
  client->waitForErr("waiting for workers");
  cluster.scheduler().signal(SIGSTOP);

  client->signal(SIGINT);

  CHECK(client->wait() == 130);
  CHECK(mentions(client->err(), "does not answer"));
  cluster.scheduler().signal(SIGCONT);
  waitUntil("the job is cancelled", [&] { return cluster.stateOf(1) == "cancelled"; });
}

TEST_CASE("a client whose stdout is closed ends without an error message") {
  Cluster cluster;
  cluster.addWorker();
  for (const Words& words :
       {Words{"list"}, Words{"workers"}, Words{"1e6", "--quiet"}, Words{"--help"}}) {
    CAPTURE(words.front());
    auto client = cluster.startClient(words, Output::kStdoutBroken);
    CHECK(client->wait() == 0);
    CHECK(client->err().empty());
  }
  CHECK(cluster.ask({"status", "last"}).at("state") == "finished");
}

TEST_CASE("a result that cannot be written is an error of one line, with exit code 1") {
  Cluster cluster;

  auto client = cluster.startClient({"submit", "1e6"}, Output::kStdoutFull);

  CHECK(client->wait() == 1);
  CHECK(isOneLine(client->err()));
  CHECK(mentions(client->err(), "cannot be written"));
  CHECK(mentions(client->err(), "job 1 was submitted"));
  CHECK(mentions(client->err(), "pi-client wait 1"));
}

TEST_CASE("workers ends at once with exit code 3 after the scheduler was killed") {
  Cluster cluster;
  cluster.scheduler().signal(SIGKILL);
  cluster.scheduler().wait();

  Ended client = cluster.runClient({"workers"});

  CHECK(client.exitCode == 3);
  CHECK(client.out.empty());
  CHECK(isOneLine(client.err));
}

TEST_CASE("priority changes which job is computed first, and says so for a job that is over") {
  Cluster cluster;
  std::uint64_t first = cluster.submit(kEndless);
  std::uint64_t second = cluster.submit(1'000'000, {"--priority", "-1"});
  cluster.addWorker();
  Ended changed = cluster.runClient({"priority", std::to_string(second), "5"});
  CHECK(changed.exitCode == 0);
  CHECK(changed.out == "job " + std::to_string(second) + " has priority 5 now\n");
  CHECK(cluster.resultOf(second).at("priority") == 5);
  CHECK(cluster.stateOf(first) == "running");
  Ended over = cluster.runClient({"priority", std::to_string(second), "-9"});
  CHECK(over.exitCode == 0);
  CHECK(over.out == "job " + std::to_string(second) + " has already finished\n");
  CHECK(cluster.runClient({"priority", "77", "1"}).exitCode == 1);
}

}  // namespace pi::cluster
