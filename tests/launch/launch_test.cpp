// The scripts of scripts/launch.  Where their batch system is not on this machine, its variables
// and programs are played.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"
#include "tests/slurm/site.h"

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

const std::string kScripts = PI_SOURCE_DIRECTORY "/scripts/launch/";

struct BatchSystem {
  std::string script;
  std::map<std::string, std::string> variables;  // Those of one task of an array.
  std::string shown;                             // As pi-client shows this task.
};

const std::vector<BatchSystem>& batchSystems() {
  static const std::vector<BatchSystem> kAll = {
      {.script = "worker.pbs",
       .variables = {{"PBS_JOBID", "17[3].server"}, {"NCPUS", "1"}},
       .shown = "17[3].server"},
      {.script = "worker.lsf",
       .variables = {{"LSB_JOBID", "17"}, {"LSB_JOBINDEX", "3"}},
       .shown = "17[3]"},
      {.script = "worker.sge",
       .variables = {{"JOB_ID", "17"}, {"SGE_TASK_ID", "3"}, {"NSLOTS", "1"}},
       .shown = "17.3"},
  };
  return kAll;
}

fs::path folderOf(const Home& home) { return home.connectionFile().parent_path(); }

void writeProgram(const fs::path& path, const std::string& body) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "#!/bin/bash\n" << body << "\n";
  fs::permissions(path, fs::perms::owner_all);
}

// Runs a line in sh, in the home directory.
Ended runThere(Home& home, const std::string& line) {
  return home.runShell("cd \"$HOME\" && PATH=$HOME/bin:$PATH && " + line);
}

std::size_t countOfWorkers(Cluster& cluster) {
  return cluster.ask({"workers"}).at("workers").size();
}

}  // namespace

TEST_CASE("shellcheck finds nothing in the scripts for clusters") {
  Home home;
  Ended ended = home.runShell("cd " PI_SOURCE_DIRECTORY
                              "/scripts && shellcheck slurm/*.sbatch launch/ssh launch/mpirun "
                              "launch/srun launch/worker.*");
  CHECK(ended.out == "");
  CHECK(ended.exitCode == 0);
}

TEST_CASE("PBS, LSF and Grid Engine: the job is a worker, and their signal ends it in order") {
  for (const BatchSystem& system : batchSystems()) {
    CAPTURE(system.script);
    Cluster cluster;
    cluster.submit(kEndless);
    Command command = cluster.shellCommand("exec bash " + kScripts + system.script);
    command.environment.insert(system.variables.begin(), system.variables.end());
    command.environment["PI_WORKER_OPTIONS"] = "--threads 1";
    Process job(command);

    waitUntil("the worker joins", [&] {
      if (job.hasEnded()) throw std::runtime_error("the script ended: " + job.err());
      const Json answer = cluster.ask({"workers"});
      for (const Json& worker : answer.at("workers")) {
        if (worker.at("batch_job") == system.shown) return true;
      }
      return false;
    });
    job.signal(system.script == "worker.sge" ? SIGUSR2 : SIGTERM);

    CHECK(job.wait() == 0);
    CHECK(mentions(job.err(), "left after computing"));
    CHECK(countOfWorkers(cluster) == 0);
  }
}

TEST_CASE("a batch script outside its batch system, or without a pi-worker, says what to do") {
  for (const BatchSystem& system : batchSystems()) {
    CAPTURE(system.script);
    Home home;
    Ended outside = home.runShell("bash " + kScripts + system.script);
    CHECK(outside.exitCode == 1);
    CHECK(isOneLine(outside.err));
    CHECK(mentions(outside.err, "Start it so: "));

    Command command = home.shellCommand("PI_WORKER=none-such; export PI_WORKER; exec bash " +
                                        kScripts + system.script);
    command.environment.insert(system.variables.begin(), system.variables.end());
    Process without(command);
    CHECK(without.wait() == 1);
    CHECK(isOneLine(without.err()));
    CHECK(mentions(without.err(), "none-such is not found on "));
    CHECK(mentions(without.err(), "PATH"));
  }
}

TEST_CASE("in PBS a worker knows the end of its job, from Torque or from qstat") {
  Home home;
  writeProgram(folderOf(home) / "bin/pi-worker", "echo \"$PI_END_TIME $*\"");
  writeProgram(folderOf(home) / "bin/qstat",
               "[[ $* == '-f 17.server' ]] && printf 'Job Id: 17\\n    Resource_List.walltime = "
               "01:00:10\\n'");
  const std::string line = "now=$(date +%s); unset PI_WORKER; export PBS_JOBID=17.server; " +
                           std::string("end=$(PI_WORKER_OPTIONS='--name a' ");
  const std::string check =
      "bash " + kScripts + "worker.pbs) && echo $((${end%% *} - now - 3600)) \"${end#* }\"";

  Ended torque = runThere(home, line + "PBS_WALLTIME=3605 " + check);
  Ended other = runThere(home, line + check);

  CHECK(mentions(torque.out, " --name a"));
  CHECK(std::stoi(torque.out) >= 5);
  CHECK(std::stoi(torque.out) < 10);
  CHECK(std::stoi(other.out) >= 10);
  CHECK(std::stoi(other.out) < 15);
}

TEST_CASE("ssh: a worker on each host, and Ctrl-C ends all of them in order") {
  Cluster cluster;
  cluster.submit(kEndless);
  // The last two words of ssh are the host and the line for its shell.
  writeProgram(folderOf(cluster) / "bin/ssh",
               "host=${@: -2:1}; export PI_WORKER_HOST=$host\n"
               "[[ $host == broken ]] && { echo 'no route to host' >&2; exit 255; }\n"
               "exec bash -c \"${@: -1}\"");
  Command command = cluster.shellCommand("PATH=$HOME/bin:$PATH; exec " + kScripts +
                                         "ssh node1 node2 -- --threads 1 --name \"it's one\"");
  Process launched(command);
  waitUntil("two workers join", [&] {
    if (launched.hasEnded()) throw std::runtime_error("ssh ended: " + launched.err());
    return countOfWorkers(cluster) == 2;
  });
  CHECK(cluster.ask({"workers"}).at("workers").at(0).at("name") == "it's one");

  launched.signal(SIGINT);

  CHECK(launched.wait() == 0);
  waitUntil("both leave", [&] { return countOfWorkers(cluster) == 0; });
  waitUntil("both say so", [&] {
    return mentions(launched.out(), "node1: ") && mentions(launched.out(), "node2: ") &&
           mentions(launched.out(), "left after computing");
  });

  Ended broken = cluster.runShell("PATH=$HOME/bin:$PATH; " + kScripts + "ssh broken");
  CHECK(broken.exitCode == 1);
  CHECK(mentions(broken.err, "broken: the worker ended with exit code 255"));
  CHECK(mentions(broken.out, "broken: no route to host"));
  Ended wrong = cluster.runShell(kScripts + "ssh --threads 1");
  CHECK(wrong.exitCode == 2);
  CHECK(mentions(wrong.err, "come after --"));
}

TEST_CASE("mpirun: one worker a node, in the words of Open MPI and of MPICH") {
  Home home;
  writeProgram(folderOf(home) / "bin/mpirun",
               "[[ $1 == --version ]] && { echo \"$FLAVOUR\"; exit 0; }\necho \"$*\"");
  const std::string line = "unset PI_WORKER; export FLAVOUR; " + kScripts + "mpirun --threads 4";

  CHECK(runThere(home, "FLAVOUR='mpirun (Open MPI) 4.1.4'; " + line).out ==
        "--map-by ppr:1:node --bind-to none pi-worker --threads 4\n");
  CHECK(runThere(home, "FLAVOUR='HYDRA build details:'; " + line).out ==
        "-ppn 1 -bind-to none pi-worker --threads 4\n");
  Ended none = runThere(home, "MPIRUN=none-such " + kScripts + "mpirun");
  CHECK(none.exitCode == 1);
  CHECK(isOneLine(none.err));
}

TEST_CASE("srun: one worker on each node of an allocation that exists") {
  if (!canRun("Slurm", whyNoSlurm())) return;
  Site site({.nodes = 2, .cpusPerNode = 2});
  Ended outside = site.type("unset SLURM_JOB_NUM_NODES; " + kScripts + "srun");
  CHECK(outside.exitCode == 1);
  CHECK(mentions(outside.err, "salloc"));

  std::string samples = std::to_string(samplesWithin(std::chrono::seconds(1)));
  CHECK(site.type("sbatch -N 2 -o out.log --wrap '" + kScripts + "srun --threads 1'").exitCode ==
        0);
  waitUntil("two workers join", [&] { return countOfWorkers(site.cluster) == 2; });
  Ended ran = site.type("pi-client run " + samples + " --json");
  CHECK(Json::parse(ran.out).at("hits") == hitsAmong(std::stoull(samples)));
}

TEST_CASE("systemd accepts the services of the worker and the scheduler") {
  Home home;
  Ended ended =
      home.runShell("XDG_RUNTIME_DIR=$HOME systemd-analyze verify --user --man=no " + kScripts +
                    "pi-worker.service " + kScripts + "pi-scheduler.service 2>&1");
  CHECK(ended.out == "");
  CHECK(ended.exitCode == 0);
  // The options in it exist.
  CHECK(home.runShell("line=$(sed -n 's/^ExecStart=.*pi-worker//p' " + kScripts +
                      "pi-worker.service) && \"$PI_WORKER\" $line --help")
            .exitCode == 0);
}

TEST_CASE("the Containerfile copies the three programs and starts one of them") {
  std::ifstream file(kScripts + "Containerfile");
  std::map<std::string, std::string> instructions;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with("#")) continue;
    auto end = line.find(' ');
    REQUIRE(end != std::string::npos);
    CHECK(instructions.emplace(line.substr(0, end), line.substr(end + 1)).second);
  }

  CHECK(instructions["FROM"] == "scratch");
  CHECK(instructions["COPY"] == "bin/pi-scheduler bin/pi-worker bin/pi-client /bin/");
  CHECK(Json::parse(instructions["ENTRYPOINT"]) == Json{"/bin/pi-worker"});
  CHECK(mentions(instructions["ENV"], "PATH=/bin "));
  CHECK(instructions["STOPSIGNAL"] == "SIGTERM");
  Words options = Json::parse(instructions["CMD"]);
  options.emplace_back("--help");
  Home home;
  CHECK(home.runWorker(options).exitCode == 0);
  CHECK(instructions.size() == 6);
}

TEST_CASE("the example for Kubernetes is a Deployment that fits together") {
  Home home;
  Ended ended = home.runShell(
      "python3 -c 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin))))' "
      "< " +
      kScripts + "kubernetes.yaml");
  INFO(ended.err);
  REQUIRE(ended.exitCode == 0);
  Json documents = Json::parse(ended.out);
  REQUIRE(documents.size() == 1);
  const Json& deployment = documents.at(0);
  CHECK(deployment.at("apiVersion") == "apps/v1");
  CHECK(deployment.at("kind") == "Deployment");

  const Json& spec = deployment.at("spec");
  const Json& pod = spec.at("template");
  CHECK(spec.at("selector").at("matchLabels") == pod.at("metadata").at("labels"));
  const Json& container = pod.at("spec").at("containers").at(0);
  const Json& volume = pod.at("spec").at("volumes").at(0);
  const Json& mount = container.at("volumeMounts").at(0);
  CHECK(mount.at("name") == volume.at("name"));
  // A connection file that others can read is refused.
  CHECK(volume.at("secret").at("defaultMode") == 0400);
  CHECK(container.at("securityContext").at("runAsUser") == 0);

  Words options = container.at("args");
  CHECK(options.at(1) == mount.at("mountPath").get<std::string>() + "/worker.json");
  options.emplace_back("--help");
  CHECK(home.runWorker(options).exitCode == 0);
}

}  // namespace pi::cluster
