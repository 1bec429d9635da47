#include "common/net/loop/spawn.h"

#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace pi::net {
namespace {

constexpr int kFirstFree = 3;  // After stdin, stdout and stderr.

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The steps of posix_spawn() in the child before it starts the program.
class SpawnPlan {
 public:
  explicit SpawnPlan(const SpawnRequest& request) {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_adddup2(&files_, request.input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files_, request.output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files_, request.errors, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&files_, kFirstFree);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    int group = request.group == SpawnGroup::kSession ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setflags(
        &attributes_, static_cast<short>(group | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // Throws std::system_error.
  pid_t start(SpawnRequest& request) {
    std::vector<char*> argv = pointersTo(request.argv);
    std::vector<char*> given;
    if (request.environment) given = pointersTo(*request.environment);
    char** environment = request.environment ? given.data() : ::environ;
    pid_t pid = 0;
    int error = ::posix_spawnp(&pid, argv[0], &files_, &attributes_, argv.data(), environment);
    if (error != 0) throw std::system_error(error, std::system_category(), "spawn");
    return pid;
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

}  // namespace

pid_t spawn(SpawnRequest request) { return SpawnPlan(request).start(request); }

}  // namespace pi::net
