#include "tests/cluster/cluster.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace pi::cluster {

namespace fs = std::filesystem;

bool isOneLine(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::unique_ptr<Process> Home::startScheduler(const Words& options, Output output) {
  Words words = {"--host", "127.0.0.1", "--state-dir", stateDirectory().string()};
  words.insert(words.end(), options.begin(), options.end());
  // Schedulers of other tests may have the usual port.
  if (std::ranges::find(words, "--dashboard-address") == words.end()) {
    words.insert(words.end(), {"--dashboard-address", "127.0.0.1:0"});
  }
  return std::make_unique<Process>(commandOf(PI_SCHEDULER, words, output));
}

std::unique_ptr<Process> Home::startWorker(const Words& words) {
  return std::make_unique<Process>(commandOf(PI_WORKER, words, Output::kKept));
}

std::unique_ptr<Process> Home::startClient(const Words& words, Output output) {
  return std::make_unique<Process>(commandOf(PI_CLIENT, words, output));
}

Ended Home::runScheduler(const Words& words) {
  Process process(commandOf(PI_SCHEDULER, words, Output::kKept));
  return finish(process);
}

Ended Home::runWorker(const Words& words) { return finish(*startWorker(words)); }

Ended Home::runClient(const Words& words) { return finish(*startClient(words)); }

Command Home::clientCommand(const Words& words) const {
  return commandOf(PI_CLIENT, words, Output::kKept);
}

Command Home::shellCommand(const std::string& line) const {
  Command command = commandOf("/bin/sh", {"-c", line}, Output::kKept);
  command.environment["PI_SCHEDULER"] = PI_SCHEDULER;
  command.environment["PI_WORKER"] = PI_WORKER;
  command.environment["PI_CLIENT"] = PI_CLIENT;
  return command;
}

std::unique_ptr<Process> Home::startShell(const std::string& line) {
  return std::make_unique<Process>(shellCommand(line));
}

Ended Home::runShell(const std::string& line) { return finish(*startShell(line)); }

Command Home::commandOf(const char* program, const Words& words, Output output) const {
  std::string folder = folder_.path().string();
  return {.program = program,
          .arguments = words,
          .environment = {{"PI_CONNECTION_FILE", connectionFile().string()},
                          {"XDG_STATE_HOME", folder},
                          {"HOME", folder}},
          .output = output};
}

Ended Home::finish(Process& process) {
  int exitCode = process.wait();
  return {.exitCode = exitCode,
          .out = process.out(),
          .err = process.err(),
          .cpuTime = process.cpuTime()};
}

std::string contentOf(const fs::path& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  return content.str();
}

fs::path writePrivate(const Home& home, const std::string& name, const std::string& content) {
  fs::path path = home.connectionFile().parent_path() / name;
  std::ofstream(path) << content;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  return path;
}

Cluster::Cluster(const Words& schedulerOptions, Output output) {
  launch(schedulerOptions, 0, output);
}

void Cluster::restartScheduler(const Words& options, Output output) {
  scheduler_->wait();
  launch(options, port_, output);
}

void Cluster::launch(const Words& options, std::uint16_t port, Output output) {
  Words words = {"--port", std::to_string(port)};
  words.insert(words.end(), options.begin(), options.end());
  scheduler_ = startScheduler(words, output);
  // Another process may have got the port of the last scheduler for a connection of its own.
  bool mayMove = port != 0;
  // A killed scheduler leaves its file behind, so wait for a file with the new process id.
  waitUntil("the scheduler writes its connection file", [&] {
    if (scheduler_->hasEnded() && std::exchange(mayMove, false)) {
      scheduler_ = startScheduler(options, output);
    }
    if (scheduler_->hasEnded()) throw std::runtime_error("no scheduler: " + scheduler_->err());
    std::ifstream file(connectionFile());
    if (!file) return false;
    Json published = Json::parse(file);
    if (published.at("pid") != scheduler_->pid()) return false;
    std::string found = published.at("addresses").at(0);
    port_ = static_cast<std::uint16_t>(std::stoul(found.substr(found.rfind(':') + 1)));
    return true;
  });
}

Process& Cluster::addWorker(const Words& options) {
  Words words = {"--threads", "1"};
  words.insert(words.end(), options.begin(), options.end());
  Process& worker = *workers_.emplace_back(startWorker(words));
  waitUntil("a worker joins", [&] {
    if (worker.hasEnded()) throw std::runtime_error("the worker ended: " + worker.err());
    return !infoOf(worker).is_null();
  });
  return worker;
}

Json Cluster::ask(Words words) {
  words.emplace_back("--json");
  Ended client = runClient(words);
  if (client.exitCode != 0) {
    throw std::runtime_error("pi-client " + words[0] + ": exit code " +
                             std::to_string(client.exitCode) + ", " + client.err);
  }
  return Json::parse(client.out);
}

Json Cluster::infoOf(const Process& worker) {
  const Json answer = ask({"workers"});
  for (const Json& info : answer.at("workers")) {
    if (info.at("pid") == worker.pid()) return info;
  }
  return nullptr;
}

std::uint64_t Cluster::contributedBy(const Process& worker) {
  Json info = infoOf(worker);
  return info.is_null() ? 0 : info.at("samples_contributed").get<std::uint64_t>();
}

void Cluster::waitForContribution(const Process& worker) {
  waitUntil("a worker contributes", [&] { return contributedBy(worker) > 0; });
}

std::uint64_t Cluster::submit(std::uint64_t samples, const Words& more) {
  Words words = {"submit", std::to_string(samples)};
  words.insert(words.end(), more.begin(), more.end());
  return ask(words).at("job");
}

std::string Cluster::stateOf(std::uint64_t job) {
  return ask({"status", std::to_string(job)}).at("state");
}

Json Cluster::resultOf(std::uint64_t job) { return ask({"wait", std::to_string(job)}); }

}  // namespace pi::cluster
