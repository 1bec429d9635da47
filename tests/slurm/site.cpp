#include "tests/slurm/site.h"

#include <stdlib.h>

#include <iterator>
#include <sstream>
#include <stdexcept>

namespace pi::cluster {

namespace fs = std::filesystem;

namespace {

fs::path folderOf(const Cluster& cluster) { return cluster.connectionFile().parent_path(); }

std::string withoutNewline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// The programs that this process starts from now on find the Slurm.
const Words& inReachOf(const Slurm& slurm, const Words& options) {
  for (const auto& [name, value] : slurm.environment()) {
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  return options;
}

}  // namespace

Site::Site(const SlurmSize& size, const Words& schedulerOptions)
    : slurm(size), cluster(inReachOf(slurm, schedulerOptions)) {}

std::string Site::sbatch(const Words& options, const Words& workerOptions) const {
  Command command = cluster.shellCommand("");
  command.program = "/usr/bin/sbatch";
  command.arguments = {"--parsable", "--output=" + (folderOf(cluster) / "job-%j.log").string()};
  command.arguments.insert(command.arguments.end(), options.begin(), options.end());
  command.arguments.emplace_back(PI_SOURCE_DIRECTORY "/scripts/slurm/worker.sbatch");
  command.arguments.insert(command.arguments.end(), workerOptions.begin(), workerOptions.end());
  command.environment.insert(slurm.environment().begin(), slurm.environment().end());
  Process process(command);
  if (process.wait() == 0) return withoutNewline(process.out());
  throw std::runtime_error("sbatch: " + process.err());
}

Ended Site::type(const std::string& line) {
  Command command = cluster.shellCommand(
      "cd \"$HOME\" && PATH=${PI_WORKER%/*}:$PATH && unset PI_WORKER && " + line);
  command.environment.insert(slurm.environment().begin(), slurm.environment().end());
  Process process(command);
  int exitCode = process.wait();
  return {.exitCode = exitCode, .out = process.out(), .err = process.err()};
}

std::string Site::logOf(const std::string& job) const {
  return contentOf(folderOf(cluster) / ("job-" + job + ".log"));
}

std::uint64_t Site::computedBy(const std::string& job) const {
  const std::string before = "left after computing ";
  std::string log = logOf(job);
  std::uint64_t samples = 0;
  for (auto at = log.find(before); at != std::string::npos; at = log.find(before, at + 1)) {
    samples += std::stoull(log.substr(at + before.size()));
  }
  return samples;
}

std::set<std::string> Site::submittedJobs() const {
  std::istringstream ids(slurm.ask({"squeue", "--noheader", "--states=all", "--format=%i"}));
  return {std::istream_iterator<std::string>(ids), {}};
}

std::set<std::string> Site::connectedJobs() {
  std::set<std::string> jobs;
  const Json answer = cluster.ask({"workers"});
  for (const Json& worker : answer.at("workers")) jobs.insert(worker.at("batch_job"));
  return jobs;
}

void Site::waitForJobs(const std::set<std::string>& jobs) {
  std::string text;
  for (const std::string& job : jobs) text += " " + job;
  waitUntil("the workers are those of the batch jobs" + text,
            [&] { return connectedJobs() == jobs; });
}

void Site::waitForContribution(const std::string& batchJob) {
  waitUntil("a worker of batch job " + batchJob + " contributes", [&] {
    const Json answer = cluster.ask({"workers"});
    for (const Json& worker : answer.at("workers")) {
      if (worker.at("batch_job") == batchJob && worker.at("samples_contributed") > 0) return true;
    }
    return false;
  });
}

}  // namespace pi::cluster
