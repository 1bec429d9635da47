#include "scheduler/allocation/text/local_command.h"

#include <doctest/doctest.h>

#include <csignal>

namespace pi::allocation {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

const WorkerStart kStart{.worker = "/opt/pi/bin/pi-worker",
                         .connectionFile = "/home/someone/scheduler.json",
                         .logFolder = "/home/someone/workers"};

std::string asInProc(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += word + '\0';
  return text;
}

}  // namespace

TEST_CASE("a worker on this machine is named like its allocation") {
  AllocationRequest request{.name = "pi-a-1-7", .arguments = {"--threads", "2"}, .timeLimit = 1h};
  Words words = workerWords(request, kStart);
  CHECK(words == Words{"/opt/pi/bin/pi-worker", "--name", "pi-a-1-7", "--connection-file",
                       "/home/someone/scheduler.json", "--lifetime", "3600s", "--threads", "2"});
  CHECK(allocationIn(asInProc(words)) == "pi-a-1-7");
}

TEST_CASE("other programs are no allocations") {
  for (const std::string& commandLine :
       {""s, "\0"s, asInProc({"pi-worker"}), asInProc({"pi-worker", "--name"}),
        asInProc({"pi-worker", "--threads", "pi-a-1-7"}), asInProc({"vi", "--name", "pi-a-1-7"}),
        asInProc({"my-pi-worker", "--name", "pi-a-1-7"})}) {
    CHECK(allocationIn(commandLine) == std::nullopt);
  }
  CHECK(allocationIn(asInProc({"pi-worker", "--name", "x"})) == "x");
}

TEST_CASE("a queue chooses threads and devices, not what the scheduler sets") {
  for (const Words& options :
       {Words{}, Words{"--threads", "2"}, Words{"--threads=2"}, Words{"--device", "none"},
        Words{"--death-timeout", "10m", "--log-level=debug"}}) {
    CHECK(workerOptionFault(options) == std::nullopt);
  }
  for (const char* option : {"--name", "--name=x", "--connection-file=x", "--lifetime=1h",
                             "--check", "--help", "-h", "-V", "--version"}) {
    CAPTURE(option);
    CHECK(workerOptionFault({option})->find("cannot be an option") != std::string::npos);
  }
  for (const Words& options : {Words{"tcp://x:1"}, Words{"--threads=2", "tcp://x:1"},
                               Words{"--threads", "2", "3"}, Words{"--"}, Words{""}}) {
    CAPTURE(options);
    CHECK(workerOptionFault(options)->find("is not an option of pi-worker") != std::string::npos);
  }
}

TEST_CASE("the end of a worker says whether it failed, and why") {
  CHECK(endedWorker("a", "7", 0, 0) ==
        BatchStatus{
            .name = "a", .id = "7", .state = BatchState::kEnded, .reason = "its worker left"});
  CHECK(endedWorker("a", "7", 3, 0).reason ==
        "its worker did not reach the scheduler (exit code 3)");
  CHECK(endedWorker("a", "7", 3, 0).hasFailed);
  CHECK(endedWorker("a", "7", 0, SIGTERM).reason == "it was cancelled");
  CHECK_FALSE(endedWorker("a", "7", 0, SIGTERM).hasFailed);
  CHECK(endedWorker("a", "7", 0, 9).reason == "signal 9 ended it");
  CHECK(endedWorker("a", "7", 0, 9).hasFailed);
}

}  // namespace pi::allocation
