#include "worker/options.h"

#include <doctest/doctest.h>

#include "tests/unit/cli/options_testing.h"

namespace pi {
namespace {

using namespace std::chrono_literals;
using cli::accepted;
using cli::errorOf;
using cli::holds;
using cli::shownBy;

TEST_CASE("a worker needs no options") {
  WorkerOptions options = accepted(parseWorkerOptions({}));
  CHECK_FALSE(options.scheduler);
  CHECK_FALSE(options.connectionFile);
  CHECK(options.threads == 0);
  CHECK(options.name.empty());
  CHECK(options.kernel.empty());
  CHECK(options.devices == worker::DeviceChoice{});
  CHECK(options.deathTimeout == 60s);
  CHECK(options.lifetime == 0s);
  CHECK(options.logLevel == cli::LogLevel::kInfo);
}

TEST_CASE("a worker accepts all of its options") {
  WorkerOptions options = accepted(
      parseWorkerOptions({"tcp://10.0.0.1:99", "--connection-file", "a.json", "--threads", "8",
                          "--name", "node 1", "--kernel", "avx2", "--death-timeout", "10m",
                          "--lifetime", "55m", "--log-level", "debug", "--log-format", "json"}));
  CHECK(options.scheduler == Address{.host = "10.0.0.1", .port = 99});
  CHECK(options.connectionFile == "a.json");
  CHECK(options.threads == 8);
  CHECK(options.name == "node 1");
  CHECK(options.kernel == "avx2");
  CHECK(options.deathTimeout == 10min);
  CHECK(options.lifetime == 55min);
  CHECK(options.logLevel == cli::LogLevel::kDebug);
  CHECK(options.logFormat == cli::LogFormat::kJson);
}

TEST_CASE("--check is off unless it is given") {
  CHECK_FALSE(accepted(parseWorkerOptions({})).check);
  CHECK(accepted(parseWorkerOptions({"tcp://10.0.0.1:99", "--check"})).check);
}

TEST_CASE("--device chooses CPUs and GPUs") {
  using Kind = worker::DeviceChoice::Kind;
  auto chosen = [](const char* text) {
    return accepted(parseWorkerOptions({"--device", text})).devices;
  };
  CHECK(chosen("auto").kind == Kind::kAuto);
  CHECK(chosen("cpu").kind == Kind::kCpu);
  CHECK(chosen("none").kind == Kind::kCpu);
  CHECK(chosen("list").kind == Kind::kList);
  CHECK(chosen("gpu") == worker::DeviceChoice{.kind = Kind::kGpu});
  CHECK(chosen("gpu:3") == worker::DeviceChoice{.kind = Kind::kGpu, .gpus = {3}});
  CHECK(chosen("gpu:0,12") == worker::DeviceChoice{.kind = Kind::kGpu, .gpus = {0, 12}});
  for (const char* wrong :
       {"", "gpus", "gpu:", "gpu:a", "gpu:1,", "gpu:-1", "gpu:9999", "cpu,gpu"}) {
    CAPTURE(wrong);
    CHECK(errorOf(parseWorkerOptions({"--device", wrong})).starts_with("--device: "));
  }
  CHECK(holds(errorOf(parseWorkerOptions({"--device", "gpu:1,1"})), "twice"));
}

TEST_CASE("a word that is no address is refused, with what was likely meant") {
  for (const char* word : {"run", "login1", "8"}) {
    CAPTURE(word);
    std::string error = errorOf(parseWorkerOptions({word}));
    CHECK(error.starts_with("address: \"" + std::string(word) + "\" is not an address"));
    CHECK(holds(error, "if it is a host, write tcp://" + std::string(word) + ":8786"));
  }
  for (const char* word :
       {"tcp://login1", "login1:8786", "10.0.0.1", "login1.site", "[::1]", "localhost"}) {
    CAPTURE(word);
    CHECK(accepted(parseWorkerOptions({word})).scheduler);
  }
}

TEST_CASE("auto means the same as leaving out the option") {
  WorkerOptions options = accepted(parseWorkerOptions({"--threads", "auto", "--kernel", "auto"}));
  CHECK(options.threads == 0);
  CHECK(options.kernel.empty());
}

TEST_CASE("a death timeout of zero means never") {
  CHECK(accepted(parseWorkerOptions({"--death-timeout", "0"})).deathTimeout == 0s);
}

TEST_CASE("the error about a wrong option of a worker names the option") {
  CHECK(errorOf(parseWorkerOptions({"a:b"})) ==
        "address: \"a:b\" needs a port from 1 to 65535; write an address as tcp://HOST:PORT");
  CHECK(errorOf(parseWorkerOptions({"a:1", "b"})) ==
        "\"b\" is one argument too many; see pi-worker --help");
  CHECK(errorOf(parseWorkerOptions({"--threads", "0"})).starts_with("--threads: \"0\""));
  CHECK(errorOf(parseWorkerOptions({"--name", ""})).starts_with("--name: \"\""));
  CHECK(errorOf(parseWorkerOptions({"--name", "a\nb"})).starts_with("--name: \"a?b\""));
  CHECK(errorOf(parseWorkerOptions({"--name", std::string(129, 'x')})).ends_with("128 bytes"));
  CHECK(errorOf(parseWorkerOptions({"--kernel", ""})).starts_with("--kernel: \"\""));
  CHECK(errorOf(parseWorkerOptions({"--death-timeout", "-1"})).starts_with("--death-timeout: "));
  CHECK(errorOf(parseWorkerOptions({"--lifetime", "0"})).starts_with("--lifetime: \"0\""));
  CHECK(errorOf(parseWorkerOptions({"--log-level", "x"})).starts_with("--log-level: \"x\""));
  CHECK(errorOf(parseWorkerOptions({"--connection-file="})).starts_with("--connection-file: "));
  CHECK(errorOf(parseWorkerOptions({"--nthreads", "2"})) ==
        "\"--nthreads\" is not an option; did you mean --threads?");
  CHECK(errorOf(parseWorkerOptions({"--gpu"})).ends_with("; see pi-worker --help"));
}

TEST_CASE("the worker's help shows examples and every option") {
  std::string help = shownBy(parseWorkerOptions({"--help"}));
  for (const char* part :
       {"Examples:", "--connection-file", "--threads", "--name", "--kernel", "--death-timeout",
        "--lifetime", "--log-level", "--log-format", "--version"}) {
    CAPTURE(part);
    CHECK(holds(help, part));
  }
  CHECK(shownBy(parseWorkerOptions({"--version"})).starts_with("pi-worker "));
}

}  // namespace
}  // namespace pi
