#include "client/options.h"

#include <doctest/doctest.h>

#include "tests/unit/cli/options_testing.h"

namespace pi::client {
namespace {

using namespace std::chrono_literals;
using cli::accepted;
using cli::errorOf;
using cli::holds;
using cli::shownBy;

using Words = std::vector<std::string>;

template <typename Command>
Command commandOf(const Words& words) {
  Options options = accepted(parseOptions(words));
  REQUIRE(std::holds_alternative<Command>(options.command));
  return std::get<Command>(options.command);
}

TEST_CASE("a number alone means run") {
  auto run = commandOf<command::Run>({"1e12", "1e9"});
  CHECK(run.spec.samples == 1'000'000'000'000);
  CHECK(run.spec.chunkSize == 1'000'000'000);
  CHECK(run.spec == commandOf<command::Run>({"run", "1e12", "1e9"}).spec);
}

TEST_CASE("a run has the documented defaults") {
  auto run = commandOf<command::Run>({"run", "1e9"});
  CHECK(run.spec.stream == Stream{.seed = 2017, .sampler = Sampler::kRandom});
  CHECK(run.spec.priority == 0);
  CHECK_FALSE(run.local);
  CHECK(run.threads == 0);
  CHECK(run.timeout == 0s);
  CHECK(run.progress);

  Options options = accepted(parseOptions({"run", "1e9"}));
  CHECK(options.output == Output::kText);
  CHECK_FALSE(options.scheduler);
  CHECK_FALSE(options.connectionFile);
}

TEST_CASE("run accepts its options before and after the numbers") {
  for (const Words& words :
       {Words{"run", "10M", "1M", "--seed", "42", "--sampler", "sobol", "--priority", "-3",
              "--local", "--threads", "4", "--json", "--no-progress", "--timeout", "1h30m"},
        Words{"--seed=42", "--sampler=sobol", "--priority=-3", "--local", "--threads=4", "--json",
              "--no-progress", "--timeout=01:30:00", "10_000_000", "1e6"}}) {
    auto run = commandOf<command::Run>(words);
    CHECK(run.spec == JobSpec{.stream = {.seed = 42, .sampler = Sampler::kSobol},
                              .samples = 10'000'000,
                              .chunkSize = 1'000'000,
                              .priority = -3});
    CHECK(run.local);
    CHECK(run.threads == 4);
    CHECK_FALSE(run.progress);
    CHECK(run.timeout == 90min);
    CHECK(accepted(parseOptions(words)).output == Output::kJson);
  }
}

TEST_CASE("the default chunk is a thousandth of the job, at least a million, at most the job") {
  CHECK(commandOf<command::Run>({"1e12"}).spec.chunkSize == 1'000'000'000);
  CHECK(commandOf<command::Run>({"1e9"}).spec.chunkSize == 1'000'000);
  CHECK(commandOf<command::Run>({"1e8"}).spec.chunkSize == 1'000'000);
  CHECK(commandOf<command::Run>({"1000"}).spec.chunkSize == 1000);
  CHECK(commandOf<command::Run>({"1"}).spec.chunkSize == 1);
}

TEST_CASE("a chunk larger than the job is one chunk") {
  auto run = commandOf<command::Run>({"1e6", "1e9"});
  CHECK(run.spec.chunkSize == 1'000'000);
  CHECK(run.spec.chunks() == 1);
}

TEST_CASE("submit and run describe the same job") {
  auto submit = commandOf<command::Submit>({"submit", "1e9", "1e6", "--seed", "7"});
  CHECK(submit.spec == commandOf<command::Run>({"1e9", "1e6", "--seed", "7"}).spec);
}

TEST_CASE("a job is an id or 'last'") {
  CHECK(commandOf<command::Status>({"status", "7"}).job == JobId{7});
  CHECK(commandOf<command::Wait>({"wait", "last"}).job == JobId{0});
  CHECK(commandOf<command::Cancel>({"cancel", "12"}).job == JobId{12});
  CHECK(errorOf(parseOptions({"status", "0"})) ==
        "JOB: \"0\" is not a job; write an id such as 7, or last");
  CHECK(errorOf(parseOptions({"wait", "next"})) ==
        "JOB: \"next\" is not a job; write an id such as 7, or last");
}

TEST_CASE("list and workers have no arguments") {
  commandOf<command::List>({"list"});
  commandOf<command::Workers>({"workers"});
  CHECK(accepted(parseOptions({"list", "--json"})).output == Output::kJson);
}

TEST_CASE("wait has a timeout and shows progress, as run does") {
  auto wait = commandOf<command::Wait>({"wait", "3", "--timeout", "5", "--no-progress"});
  CHECK(wait.timeout == 5s);
  CHECK_FALSE(wait.progress);
}

TEST_CASE("--quiet also turns progress off") {
  CHECK_FALSE(commandOf<command::Run>({"1e9", "--quiet"}).progress);
  CHECK(accepted(parseOptions({"1e9", "--quiet"})).output == Output::kQuiet);
}

TEST_CASE("every command accepts --scheduler and --connection-file") {
  for (const Words& words :
       {Words{"1e9"}, Words{"submit", "1e9"}, Words{"list"}, Words{"status", "1"},
        Words{"wait", "1"}, Words{"cancel", "1"}, Words{"workers"}}) {
    Words more = words;
    more.insert(more.end(), {"--scheduler", "tcp://10.0.0.1:99", "--connection-file", "a.json"});
    Options options = accepted(parseOptions(more));
    CHECK(options.scheduler == Address{.host = "10.0.0.1", .port = 99});
    CHECK(options.connectionFile == "a.json");
  }
}

TEST_CASE("if an option is given twice, the last one wins") {
  CHECK(commandOf<command::Run>({"1e9", "--seed", "1", "--seed", "2"}).spec.stream.seed == 2);
}

TEST_CASE("the error for an empty command line says what to write") {
  CHECK(errorOf(parseOptions({})) ==
        "give the number of samples, for example pi-client 1e9; see pi-client --help");
}

TEST_CASE("the error for an unknown command lists the commands") {
  CHECK(errorOf(parseOptions({"frobnicate"})) ==
        "\"frobnicate\" is not a command and not a number of samples; write a number, or one of "
        "run, submit, list, status, wait, cancel, workers");
}

TEST_CASE("the error for an invalid value names its argument or option") {
  CHECK(errorOf(parseOptions({"1.5"})) ==
        "SAMPLES: \"1.5\" is not a whole number of samples; write for example 1000, 1e9 or 10M");
  CHECK(errorOf(parseOptions({"run", "1e9", "0"})) ==
        "CHUNK: \"0\" is too small; the minimum is 1");
  CHECK(errorOf(parseOptions({"submit", "1e19"})) ==
        "SAMPLES: \"1e19\" is too large; the maximum is 9223372036854775807");
  CHECK(errorOf(parseOptions({"1e9", "--seed", "x"})).starts_with("--seed: \"x\" is not a seed"));
  CHECK(errorOf(parseOptions({"1e9", "--priority", "x"})).starts_with("--priority: \"x\""));
  CHECK(errorOf(parseOptions({"1e9", "--threads", "x"})).starts_with("--threads: \"x\""));
  CHECK(errorOf(parseOptions({"1e9", "--timeout", "0"})).starts_with("--timeout: \"0\""));
  CHECK(errorOf(parseOptions({"list", "--scheduler", "a:b"})).starts_with("--scheduler: "));
  CHECK(errorOf(parseOptions({"list", "--connection-file="})).starts_with("--connection-file: "));
  CHECK(errorOf(parseOptions({"1e9", "--sampler", "halton"})) ==
        "--sampler: \"halton\" is not a sampler; write random or sobol");
}

TEST_CASE("the error for a missing argument names it") {
  CHECK(errorOf(parseOptions({"run"})) == "run needs SAMPLES, for example pi-client run 1e9");
  CHECK(errorOf(parseOptions({"submit"})) ==
        "submit needs SAMPLES, for example pi-client submit 1e9");
  CHECK(errorOf(parseOptions({"wait"})) == "wait needs JOB, for example pi-client wait last");
}

TEST_CASE("the error for one argument too many names it") {
  CHECK(errorOf(parseOptions({"1e9", "1e6", "x"})) ==
        "\"x\" is one argument too many; see pi-client --help");
  CHECK(errorOf(parseOptions({"list", "7"})) ==
        "\"7\" is one argument too many; see pi-client --help");
}

TEST_CASE("the error for an option of another command names both") {
  CHECK(errorOf(parseOptions({"list", "--seed", "1"})) ==
        "--seed cannot be used with list; leave it out");
  CHECK(errorOf(parseOptions({"submit", "1e9", "--timeout", "1"})) ==
        "--timeout cannot be used with submit; leave it out");
  CHECK(errorOf(parseOptions({"submit", "1e9", "--silence-timeout", "1"})) ==
        "--silence-timeout cannot be used with submit; leave it out");
  CHECK(errorOf(parseOptions({"status", "1", "--quiet"})) ==
        "--quiet cannot be used with status; leave it out");
  CHECK(errorOf(parseOptions({"wait", "1", "--local"})) ==
        "--local cannot be used with wait; leave it out");
  CHECK(errorOf(parseOptions({"cancel", "1", "--json"})) ==
        "--json cannot be used with cancel; leave it out");
}

TEST_CASE("the error for two options that exclude each other names both") {
  CHECK(errorOf(parseOptions({"1e9", "--json", "--quiet"})) ==
        "--json and --quiet cannot be used together; leave one of them out");
  CHECK(errorOf(parseOptions({"1e9", "--local", "--scheduler", "a"})) ==
        "--local and --scheduler cannot be used together; leave one of them out");
  for (const Words& words : {Words{"--connection-file", "a"}, Words{"--insecure"},
                             Words{"--tls-cert", "c", "--tls-key", "k", "--tls-ca", "a"},
                             Words{"--silence-timeout", "1s"}, Words{"--absence-timeout", "1s"}}) {
    Words more{"run", "1e9", "--local"};
    more.insert(more.end(), words.begin(), words.end());
    CHECK(errorOf(parseOptions(more)) ==
          "--local and " + words[0] + " cannot be used together; leave one of them out");
  }
  CHECK(errorOf(parseOptions({"1e9", "--threads", "2", "--connection-file", "a"})) ==
        "--threads and --connection-file cannot be used together; leave one of them out");
}

TEST_CASE("the error for an unknown option, or one without its value, names it") {
  CHECK(holds(errorOf(parseOptions({"1e9", "--frob"})), "frob"));
  CHECK(errorOf(parseOptions({"1e9", "--frob"})).ends_with("; see pi-client --help"));
  CHECK(holds(errorOf(parseOptions({"1e9", "--seed"})), "seed"));
  CHECK(holds(errorOf(parseOptions({"1e9", "--json=false"})), "--json takes no value"));
  CHECK(holds(errorOf(parseOptions({"1e9", "--json=\x1b[31m\n"})), "see pi-client --help"));
  CHECK_FALSE(errorOf(parseOptions({"-5"})).empty());
  CHECK_FALSE(errorOf(parseOptions({""})).empty());
}

TEST_CASE("--help shows every option and an example of each command, with any other arguments") {
  for (const Words& words :
       {Words{"--help"}, Words{"-h"}, Words{"run", "--help"}, Words{"nonsense", "--help"}}) {
    std::string help = shownBy(parseOptions(words));
    for (const char* part : {"pi-client run 1e10",
                             "pi-client submit 1e15",
                             "pi-client list --json",
                             "pi-client status 7",
                             "pi-client wait last",
                             "pi-client cancel 7",
                             "pi-client workers --",
                             "--seed",
                             "--sampler",
                             "--priority",
                             "--local",
                             "--threads",
                             "--scheduler",
                             "--connection-file",
                             "--json",
                             "--quiet",
                             "--no-progress",
                             "--timeout",
                             "--version",
                             "For tests:\n  --silence-timeout D",
                             "--absence-timeout D"}) {
      CAPTURE(part);
      CHECK(holds(help, part));
    }
  }
}

TEST_CASE("no line of the help is longer than 100 columns") {
  std::string help = shownBy(parseOptions({"--help"}));
  for (std::size_t begin = 0; begin < help.size();) {
    std::size_t end = help.find('\n', begin);
    CHECK(end - begin <= 100);
    begin = end + 1;
  }
}

TEST_CASE("the version line starts with the program's name") {
  CHECK(shownBy(parseOptions({"--version"})).starts_with("pi-client "));
}

}  // namespace
}  // namespace pi::client
