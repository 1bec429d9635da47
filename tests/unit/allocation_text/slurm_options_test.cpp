#include "scheduler/allocation/text/slurm_options.h"

#include <doctest/doctest.h>

namespace pi::allocation {
namespace {

using Words = std::vector<std::string>;

bool mentions(const std::optional<std::string>& sentence, const std::string& part) {
  return sentence && sentence->find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("options that choose nodes and accounts are a queue's own business") {
  for (const Words& options :
       {Words{}, Words{"--partition=a", "--account=x"}, Words{"-p", "a", "-A", "x"},
        Words{"-pa", "-Ax"}, Words{"--partition", "a"}, Words{"--gres=gpu:4"},
        Words{"--oversubscribe", "-c", "16"}, Words{"-sc", "16"}, Words{"-sQ"},
        Words{"--exclusive=user"}, Words{"--mem=4G", "--constraint=a|b"}, Words{"--output=x"},
        Words{"--time-min=5"}, Words{"--nice", "--comment", "-x"}, Words{"--nodelist=n1"},
        Words{"--wait-all-nodes=1"}, Words{"-D", "/scratch"}, Words{"--ntasks-per-core=1"}}) {
    CAPTURE(options);
    CHECK(sbatchOptionFault(options) == std::nullopt);
  }
}

TEST_CASE("options that would break the scheduler's command line are refused with the remedy") {
  CHECK(sbatchOptionFault({"--partition=a", "--job-name=x"}) ==
        "\"--job-name=x\" cannot be an option of a queue: the scheduler sets it itself; leave it "
        "out");
  for (const char* option : {"--parsable",
                             "--array=1-4",
                             "-a1-4",
                             "--wrap=true",
                             "-J",
                             "-Jx",
                             "--job-name",
                             "-N",
                             "-n4",
                             "--nodes=4",
                             "--ntasks",
                             "--ntasks-per-node=2",
                             "--export=NONE",
                             "--export-file=x",
                             "--requeue",
                             "--no-requeue",
                             "--wait",
                             "-W",
                             "--test-only",
                             "--hold",
                             "-H",
                             "--help",
                             "-h",
                             "-u",
                             "-V",
                             "--version",
                             "-M",
                             "--clusters=x",
                             "--uid=0",
                             "--gid=0",
                             "-t60",
                             "-t"}) {
    CAPTURE(option);
    CHECK(mentions(sbatchOptionFault({option}), "cannot be an option of a queue: "));
  }
  CHECK(mentions(sbatchOptionFault({"--time=60"}), "use --worker-time-limit"));
  CHECK(mentions(sbatchOptionFault({"-N", "4"}), "set --workers-max"));
}

TEST_CASE("a shortened or a hidden option is found, too") {
  for (const char* option :
       {"--arr=1-4", "--wra=true", "--job-n=x", "--pars", "--ti=5", "-sH", "-QN4"}) {
    CAPTURE(option);
    CHECK(mentions(sbatchOptionFault({option}), "cannot be an option"));
  }
}

TEST_CASE("a word that is no option would be taken for the script") {
  for (const Words& options :
       {Words{"job.sh"}, Words{"--partition=a", "job.sh"}, Words{"--"}, Words{"-"}, Words{""},
        Words{"--exclusive", "job.sh"}, Words{"-s", "job.sh"}, Words{"-p", "a", ":", "-p", "b"}}) {
    CAPTURE(options);
    CHECK(mentions(sbatchOptionFault(options), "is not an option of sbatch"));
  }
  CHECK(mentions(sbatchOptionFault({"--partition"}), "needs a value"));
  CHECK(mentions(sbatchOptionFault({"-p"}), "needs a value"));
}

}  // namespace pi::allocation
