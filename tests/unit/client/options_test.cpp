#include "client/options.h"

#include <doctest/doctest.h>

#include "common/model/block.h"
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

TEST_CASE("the default chunk of a Sobol' job is a block that is counted by nets") {
  auto chunkOf = [](const char* samples) {
    return commandOf<command::Run>({"run", samples, "--sampler", "sobol"}).spec.chunkSize;
  };
  CHECK(chunkOf("1e9") == 4'194'304);
  CHECK(chunkOf("2305843009213693952") == std::uint64_t{1} << 54);
  CHECK(chunkOf("1000") == 1000);
}

TEST_CASE("a chunk larger than the job is one chunk") {
  auto run = commandOf<command::Run>({"1e6", "1e9"});
  CHECK(run.spec.chunkSize == 1'000'000);
  CHECK(run.spec.chunks() == 1);
}

TEST_CASE("a target error takes the place of the samples") {
  auto run = commandOf<command::Run>({"run", "--target-error", "1e-6", "--sampler", "sobol"});
  CHECK(run.spec.targetError == 1e-6);
  CHECK(run.spec.samples == std::uint64_t{1} << 62);
  CHECK(run.spec.chunkSize == blockOf(run.spec).samples);
  auto submit =
      commandOf<command::Submit>({"submit", "--target-error", "0.001", "--max-samples", "1e9"});
  CHECK(submit.spec.samples == 1'000'000'000);
  CHECK(submit.spec.targetError == 0.001);

  for (const char* wrong : {"0", "-1e-6", "nan", "inf", "1e-6x", "", "2", "1e-999"}) {
    CAPTURE(wrong);
    CHECK(errorOf(parseOptions({"run", "--target-error=" + std::string(wrong)}))
              .starts_with("--target-error: "));
  }
  CHECK(errorOf(parseOptions({"run", "1e9", "--target-error", "1e-6"})) ==
        "--target-error decides how many samples there are; leave \"1e9\" out, or write it after "
        "--max-samples");
  CHECK(errorOf(parseOptions({"run", "1e9", "--max-samples", "1e9"})) ==
        "--max-samples needs --target-error; add it");
}

TEST_CASE("the error for a target that no job reaches says what it would take") {
  CHECK(
      errorOf(parseOptions({"run", "--target-error", "1e-11"})) ==
      "--target-error: 1e-11 needs about 2.7e+22 samples, 8.5e+04 years of one core; a job has at "
      "most 2^62: write at least 7.7e-10, or add --sampler sobol");
  CHECK(
      errorOf(parseOptions({"run", "--target-error", "1e-20"})) ==
      "--target-error: 1e-20 needs about 2.7e+40 samples, 8.5e+22 years of one core; a job has at "
      "most 2^62: write at least 7.8e-10");
  std::string sobol =
      errorOf(parseOptions({"run", "--target-error", "1e-15", "--sampler", "sobol"}));
  CHECK(holds(sobol, "1e-15 needs about 6.8e+20 samples, 18h"));
  CHECK(holds(sobol, "write at least 4."));
  for (const char* tiny : {"1e-300", "5e-324"}) {  // The last one is the smallest double.
    CAPTURE(tiny);
    std::string error = errorOf(parseOptions({"run", "--target-error", tiny}));
    CHECK(holds(error, "needs more than 1e+100 samples; a job has at most 2^62"));
    CHECK(holds(error, "write at least 7."));
  }
}

TEST_CASE("submit and run describe the same job") {
  auto submit = commandOf<command::Submit>({"submit", "1e9", "1e6", "--seed", "7"});
  CHECK(submit.spec == commandOf<command::Run>({"1e9", "1e6", "--seed", "7"}).spec);
}

TEST_CASE("a job is an id or 'last'") {
  CHECK(commandOf<command::Status>({"status", "7"}).job == JobId{7});
  CHECK(commandOf<command::Wait>({"wait", "last"}).jobs.ids == std::vector{JobId{0}});
  CHECK(commandOf<command::Cancel>({"cancel", "12"}).jobs.ids == std::vector{JobId{12}});
  CHECK(errorOf(parseOptions({"status", "0"})) ==
        "JOB: \"0\" is not a job; write an id such as 7, or last");
  CHECK(errorOf(parseOptions({"wait", "next"})) ==
        "JOB: \"next\" is not a job; write an id such as 7, or last, or all");
}

TEST_CASE("wait and cancel take several jobs, each once, or all") {
  auto wait = commandOf<command::Wait>({"wait", "3", "last", "3", "1"});
  CHECK(wait.jobs.ids == std::vector{JobId{3}, JobId{0}, JobId{1}});
  CHECK_FALSE(wait.jobs.all);
  auto cancel = commandOf<command::Cancel>({"cancel", "all"});
  CHECK(cancel.jobs.all);
  CHECK(cancel.jobs.ids.empty());
  CHECK(errorOf(parseOptions({"cancel", "all", "3"})) ==
        "all already means every job; leave the other words out");
}

TEST_CASE("list shows jobs of one state, the newest ones, and all columns if it is asked to") {
  auto list = commandOf<command::List>({"list"});
  CHECK(list.states.empty());
  CHECK(list.limit == 0);
  CHECK_FALSE(list.wide);
  list = commandOf<command::List>({"list", "--state", "running", "--limit", "20", "--wide"});
  CHECK(list.states == std::vector{JobState::kRunning});
  CHECK(list.limit == 20);
  CHECK(list.wide);
  list = commandOf<command::List>({"list", "--state", "queued", "--state", "running"});
  CHECK(list.states == std::vector{JobState::kQueued, JobState::kRunning});
  CHECK(errorOf(parseOptions({"list", "--state", "done"})) ==
        "--state: \"done\" is not a state; write queued, running, finished, cancelled or failed");
  CHECK(errorOf(parseOptions({"list", "--limit", "0"})).starts_with("--limit: \"0\""));
}

TEST_CASE("a job may have a name, up to 128 bytes") {
  CHECK(commandOf<command::Run>({"1e9", "--name", "night 7"}).spec.name == "night 7");
  CHECK(commandOf<command::Submit>({"submit", "1e9"}).spec.name.empty());
  CHECK(errorOf(parseOptions({"1e9", "--name", std::string(129, 'x')})).ends_with("128 bytes"));
  CHECK(errorOf(parseOptions({"1e9", "--name", "a\nb"})).starts_with("--name: "));
  CHECK(errorOf(parseOptions({"1e9", "--name", "a\u202Eb"})).starts_with("--name: "));
}

TEST_CASE("-j and -q are short for --json and --quiet") {
  CHECK(accepted(parseOptions({"1e9", "-j"})).output == Output::kJson);
  CHECK(accepted(parseOptions({"1e9", "-q"})).output == Output::kQuiet);
}

TEST_CASE("priority takes a job and a whole number, which may be negative") {
  auto priority = commandOf<command::Priority>({"priority", "7", "-5"});
  CHECK(priority.job == JobId{7});
  CHECK(priority.priority == -5);
  CHECK(commandOf<command::Priority>({"priority", "last", "10"}).priority == 10);
  CHECK(commandOf<command::Priority>({"priority", "-15", "7"}).priority == -15);
  CHECK(errorOf(parseOptions({"priority", "7"})).starts_with("priority needs N"));
  CHECK(errorOf(parseOptions({"priority", "7", "high"})).starts_with("N: "));
  CHECK(errorOf(parseOptions({"priority", "7", "2147483648"})).starts_with("N: "));
  CHECK(errorOf(parseOptions({"status", "-7"})) == "\"-7\" is negative; write it without '-'");
}

TEST_CASE("list, workers and info have no arguments") {
  commandOf<command::List>({"list"});
  CHECK(commandOf<command::Workers>({"workers", "--wide"}).wide);
  commandOf<command::Info>({"info"});
  commandOf<command::Dashboard>({"dashboard"});
  CHECK_FALSE(commandOf<command::Top>({"top"}).once);
  CHECK(commandOf<command::Top>({"top", "--once"}).once);
  CHECK(accepted(parseOptions({"list", "--json"})).output == Output::kJson);
}

TEST_CASE("--check is the command check, wherever it is written") {
  for (const Words& words :
       {Words{"check", "--json"}, Words{"--check", "--json"}, Words{"--json", "--check"}}) {
    Options options = accepted(parseOptions(words));
    CHECK(std::holds_alternative<command::Check>(options.command));
    CHECK(options.output == Output::kJson);
  }
  auto file = accepted(parseOptions({"--connection-file", "a.json", "--check"})).connectionFile;
  CHECK(file == "a.json");
  CHECK(errorOf(parseOptions({"run", "1e9", "--check"})) ==
        "\"run\" is one argument too many; see pi-client check --help");
  CHECK(holds(shownBy(parseOptions({"--check", "--help"})), "Usage:\n  pi-client check\n"));
}

TEST_CASE("--wait-workers is a whole number, and for a scheduler's workers") {
  CHECK(commandOf<command::Run>({"1e9"}).waitWorkers == 0);
  CHECK(commandOf<command::Run>({"1e9", "--wait-workers", "4"}).waitWorkers == 4);
  CHECK(errorOf(parseOptions({"1e9", "--wait-workers", "0"})).starts_with("--wait-workers: "));
  CHECK(errorOf(parseOptions({"1e9", "--local", "--wait-workers", "2"})) ==
        "--local and --wait-workers cannot be used together; leave one of them out");
  CHECK(errorOf(parseOptions({"submit", "1e9", "--wait-workers", "2"})) ==
        "--wait-workers cannot be used with submit; it is an option of run");
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
        Words{"wait", "1"}, Words{"extend", "1", "2e9"}, Words{"cancel", "1"}, Words{"workers"},
        Words{"info"}, Words{"scaling", "1e9"}}) {
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

TEST_CASE("the error for too few arguments names the one that is missing") {
  CHECK(errorOf(parseOptions({"priority"})).starts_with("priority needs JOB, for example "));
  CHECK(errorOf(parseOptions({"priority", "5"})).starts_with("priority needs N, for example "));
  CHECK(errorOf(parseOptions({"extend", "5"})).starts_with("extend needs SAMPLES, for example "));
  CHECK(errorOf(parseOptions({"wait"})).starts_with("wait needs JOB, for example "));
}

TEST_CASE("the dashboard's address is in the connection file, so dashboard takes none") {
  CHECK(errorOf(parseOptions({"dashboard", "--scheduler", "tcp://a:1"})) ==
        "--scheduler cannot be used with dashboard; leave it out");
}

TEST_CASE("the error for an unknown command suggests one, or lists them") {
  CHECK(errorOf(parseOptions({"lst"})) == "\"lst\" is not a command; did you mean list?");
  CHECK(errorOf(parseOptions({"frobnicate"})) ==
        "\"frobnicate\" is not a command; write one of run, submit, list, status, wait, extend, "
        "priority, cancel, workers, info, check, trace, report, audit, dashboard, top and scaling, "
        "or a number of samples");
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
  CHECK(errorOf(parseOptions({"1e9", "--sampler", "dice"})) ==
        "--sampler: \"dice\" is not a sampler; write " + samplerNames());
}

TEST_CASE("the error for a missing argument names it") {
  CHECK(errorOf(parseOptions({"run"})) ==
        "run needs SAMPLES, for example pi-client run 1e12, or --target-error");
  CHECK(errorOf(parseOptions({"submit"})) ==
        "submit needs SAMPLES, for example pi-client submit 1e12, or --target-error");
  CHECK(errorOf(parseOptions({"wait"})) ==
        "wait needs JOB, for example pi-client wait last --timeout 1h");
}

TEST_CASE("the error for one argument too many names it") {
  CHECK(errorOf(parseOptions({"1e9", "1e6", "x"})) ==
        "\"x\" is one argument too many; see pi-client run --help");
  CHECK(errorOf(parseOptions({"list", "7"})) ==
        "\"7\" is one argument too many; see pi-client list --help");
}

TEST_CASE("the error for an option of another command names both") {
  CHECK(errorOf(parseOptions({"list", "--seed", "1"})) ==
        "--seed cannot be used with list; it is an option of run, submit and scaling");
  CHECK(errorOf(parseOptions({"submit", "1e9", "--timeout", "1"})) ==
        "--timeout cannot be used with submit; it is an option of run, wait and extend");
  CHECK(errorOf(parseOptions({"submit", "1e9", "--silence-timeout", "1"})) ==
        "--silence-timeout cannot be used with submit; it is an option of run, wait, extend and "
        "scaling");
  CHECK(errorOf(parseOptions({"status", "1", "--quiet"})) ==
        "--quiet cannot be used with status; it is an option of run, wait and extend");
  CHECK(errorOf(parseOptions({"wait", "1", "--local"})) ==
        "--local cannot be used with wait; it is an option of run and scaling");
  CHECK(errorOf(parseOptions({"cancel", "1", "--json"}))
            .starts_with("--json cannot be used with cancel; it is an option of run, "));
}

TEST_CASE("trace and report take a job and a file, which is stdout unless it is given") {
  CHECK(commandOf<command::Trace>({"trace", "7"}).job == JobId{7});
  CHECK(commandOf<command::Trace>({"trace", "last"}).file == "-");
  CHECK(commandOf<command::Trace>({"trace", "7", "--output", "a.json"}).file == "a.json");
  CHECK(commandOf<command::Report>({"report", "7"}).file == "-");
  CHECK(commandOf<command::Report>({"report", "7", "-o", "a.html"}).file == "a.html");
  CHECK_FALSE(errorOf(parseOptions({"report"})).empty());
  CHECK_FALSE(errorOf(parseOptions({"trace", "all"})).empty());
  CHECK_FALSE(errorOf(parseOptions({"list", "-o", "a"})).empty());
}

TEST_CASE("scaling takes samples, and measures the workers unless it is local") {
  auto scaling = commandOf<command::Scaling>({"scaling", "1e9"});
  CHECK(scaling.spec.samples == 1'000'000'000);
  CHECK(scaling.mode == ScalingMode::kStrong);
  CHECK(scaling.maxThreads == 0);
  CHECK(scaling.rounds == 5);
  CHECK_FALSE(scaling.local);
  CHECK_FALSE(scaling.plot);
  scaling = commandOf<command::Scaling>({"scaling", "1e9", "--weak", "--max-threads", "8",
                                         "--rounds", "3", "--plot", "a.svg", "--local"});
  CHECK(scaling.mode == ScalingMode::kWeak);
  CHECK(scaling.maxThreads == 8);
  CHECK(scaling.rounds == 3);
  CHECK(scaling.local);
  CHECK(scaling.plot == "a.svg");
  std::string help = shownBy(parseOptions({"scaling", "--help"}));
  CHECK(holds(help, "--rounds N"));
  CHECK(holds(help, "--connection-file"));
}

TEST_CASE("a job may limit its threads") {
  CHECK(commandOf<command::Run>({"1e9"}).spec.threadsMax == 0);
  CHECK(commandOf<command::Run>({"1e9", "--max-threads", "1000000"}).spec.threadsMax == 1'000'000);
  CHECK(commandOf<command::Submit>({"submit", "1e9", "--max-threads", "64"}).spec.threadsMax == 64);
  CHECK(commandOf<command::Submit>({"submit", "1e9", "--max-threads", "auto"}).spec.threadsMax ==
        0);
  for (const char* wrong : {"0", "1000001", "-1", "x", ""}) {
    CAPTURE(wrong);
    CHECK_FALSE(errorOf(parseOptions({"submit", "1e9", "--max-threads", wrong})).empty());
  }
}

TEST_CASE("extend takes a job and the samples in all") {
  auto extend = commandOf<command::Extend>({"extend", "7", "1e13", "--timeout", "1h"});
  CHECK(extend.job == JobId{7});
  CHECK(extend.samples == 10'000'000'000'000);
  CHECK(extend.timeout == std::chrono::hours(1));
  CHECK(errorOf(parseOptions({"extend", "7"})) ==
        "extend needs SAMPLES, for example pi-client extend 7 1e13");
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
  CHECK(errorOf(parseOptions({"1e9", "--sede", "1"})) ==
        "\"--sede\" is not an option; did you mean --seed?");
  CHECK(errorOf(parseOptions({"1e9", "--frob"})) ==
        "\"--frob\" is not an option; see pi-client --help");
  CHECK(holds(errorOf(parseOptions({"1e9", "--seed"})), "\"--seed\" needs a value"));
  CHECK(holds(errorOf(parseOptions({"1e9", "--json=false"})), "--json takes no value"));
  CHECK_FALSE(errorOf(parseOptions({"1e9", "--json=\x1b[31m\n"})).empty());
  CHECK(errorOf(parseOptions({"-5"})) == "\"-5\" is negative; write it without '-'");
  CHECK_FALSE(errorOf(parseOptions({""})).empty());
}

TEST_CASE("--help shows every command with an example, and the options of all of them") {
  std::string help = shownBy(parseOptions({"--help"}));
  for (const char* part :
       {"pi-client run SAMPLES [CHUNK]", "pi-client run 1e10", "pi-client submit 1e15",
        "pi-client list --", "pi-client status 7", "pi-client wait last", "pi-client cancel 7",
        "pi-client workers --", "pi-client info --", "--scheduler ADDR", "--connection-file",
        "-V, --version"}) {
    CAPTURE(part);
    CHECK(holds(help, part));
  }
  CHECK_FALSE(holds(help, "--seed N"));
}

TEST_CASE("each command has a help with its own options, their defaults and units") {
  std::string run = shownBy(parseOptions({"run", "--help"}));
  for (const char* part :
       {"Usage:\n  pi-client run SAMPLES [CHUNK]\n", "(default: 2017)", "--sampler NAME",
        "--priority N", "--name TEXT", "--local", "--threads N", "--scheduler ADDR", "-j, --json",
        "-q, --quiet", "Cancel the job after this time", "D        a duration: 90s",
        "For tests:\n      --silence-timeout D", "--absence-timeout D"}) {
    CAPTURE(part);
    CHECK(holds(run, part));
  }
  std::string wait = shownBy(parseOptions({"wait", "--help"}));
  CHECK(holds(wait, "Stop waiting after this time"));
  CHECK_FALSE(holds(wait, "--seed"));
  CHECK_FALSE(holds(wait, "SAMPLES  "));
}

TEST_CASE("the version line starts with the program's name") {
  CHECK(shownBy(parseOptions({"--version"})).starts_with("pi-client "));
}

}  // namespace
}  // namespace pi::client
