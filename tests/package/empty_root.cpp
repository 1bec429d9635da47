#include "tests/package/empty_root.h"

#include <unistd.h>

#include <fstream>

namespace pi::cluster {

namespace fs = std::filesystem;

namespace {

// The start of a line that runs as root: in a namespace of its own, if the user is not root.
Words asRoot() {
  if (::geteuid() == 0) return {};
  return {"unshare", "--user", "--map-root-user"};
}

}  // namespace

std::optional<std::string> whyNoRoot() {
  if (::geteuid() == 0) return std::nullopt;
  Process process(
      {.program = "/bin/sh", .arguments = {"-c", "unshare --user --map-root-user true"}});
  if (process.wait() == 0) return std::nullopt;
  return "this user can neither be root nor have a namespace of users";
}

EmptyRoot::EmptyRoot() {
  fs::create_directory(path("bin"));
  for (const char* program : {PI_STATIC_SCHEDULER, PI_STATIC_WORKER, PI_STATIC_CLIENT}) {
    fs::copy_file(program, path("bin") / fs::path(program).filename());
  }
}

void EmptyRoot::write(const std::string& inside, const std::string& content) const {
  fs::create_directories(path(inside).parent_path());
  std::ofstream(path(inside)) << content;
  fs::permissions(path(inside), fs::perms::owner_read | fs::perms::owner_write);
}

Command EmptyRoot::command(const std::string& program, const Words& words,
                           const Environment& environment,
                           const std::optional<fs::path>& traced) const {
  Words line = asRoot();
  if (traced) {
    line.insert(line.end(), {"strace", "-f", "-qq", "-e", "trace=open,openat,openat2,execve", "-o",
                             traced->string()});
  }
  line.insert(line.end(), {"env", "-i"});
  for (const auto& [name, value] : environment) line.push_back(name + "=" + value);
  line.insert(line.end(), {"/usr/sbin/chroot", folder_.path().string(), "/bin/" + program});
  line.insert(line.end(), words.begin(), words.end());
  return {.program = "/usr/bin/env", .arguments = line};
}

Ended EmptyRoot::run(const std::string& program, const Words& words,
                     const Environment& environment) const {
  Process process(command(program, words, environment));
  int exitCode = process.wait();
  return {.exitCode = exitCode, .out = process.out(), .err = process.err()};
}

std::vector<std::string> openedBy(const fs::path& traced) {
  std::vector<std::string> files;
  bool isOurs = false;
  std::ifstream lines(traced);
  for (std::string line; std::getline(lines, line);) {
    auto begin = line.find('"');
    if (begin == line.npos) continue;
    std::string file = line.substr(begin + 1, line.find('"', begin + 1) - begin - 1);
    bool isStart = line.find("execve(") != line.npos;
    if (isStart && line.find(" = -1 ") != line.npos) continue;
    // Before this, env and chroot open their libraries.
    if (isStart) isOurs = file.starts_with("/bin/pi-");
    if (isOurs) files.push_back(file);
  }
  return files;
}

}  // namespace pi::cluster
