#include "scheduler/access.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "common/net/discovery/connection_file.h"
#include "common/net/tls/keys.h"
#include "scheduler/keys.h"
#include "scheduler/observer_token.h"
#include "scheduler/report.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMade =
    "the new key is made and is valid from the scheduler's next start on; until then the old one "
    "is";
constexpr const char* kMadeForLater =
    "the new key is made and is valid from the scheduler's next start on, but no scheduler runs, "
    "so nothing is printed: print the file after the next start, with this command without "
    "--rotate";

// Makes a file on stdout private: the shell has made it as open as the umask allows.  Throws
// std::system_error if that is not possible.
void keepStdoutPrivate() {
  struct stat status {};
  if (::fstat(STDOUT_FILENO, &status) != 0 || !S_ISREG(status.st_mode)) return;
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if ((status.st_mode & kOthers) == 0) return;
  if (::fchmod(STDOUT_FILENO, S_IRUSR | S_IWUSR) == 0) return;
  throw std::system_error(errno, std::generic_category());
}

// Prints the role's part of the file to stdout.
ExitCode print(const net::ConnectionFile& file, Role role) {
  net::Secret text = net::textOf(net::forRole(file, role));
  std::setvbuf(stdout, nullptr, _IONBF, 0);  // No copy stays in a buffer.
  std::fwrite(text.reveal().data(), 1, text.reveal().size(), stdout);
  if (std::ferror(stdout) == 0) return ExitCode::kDone;
  return report("the connection file cannot be written: " + std::string(std::strerror(errno)),
                ExitCode::kFailed);
}

// Replaces the token of observers.  Like rotate(), it refuses another scheduler's state directory.
ExitCode rotateToken(const fs::path& directory, const fs::path& path,
                     net::ConnectionFileRead& file) {
  net::Secret before = existingObserverToken(directory);
  bool isRunning = file.hasValue() && !net::isStale(*file);
  if (isRunning && file->observerToken != before) {
    return report("the scheduler of " + path.string() + " has another token than the one in " +
                      directory.string() + "; name its state directory with --state-dir",
                  ExitCode::kFailed);
  }
  net::Secret token = rotateObserverToken(directory);
  if (!isRunning) return report(kMadeForLater, ExitCode::kNoScheduler);
  file.value().observerToken = std::move(token);
  report(kMade, ExitCode::kDone);
  return print(*file, Role::kObserver);
}

// Replaces the role's key; the old one stays valid until the scheduler's next start.  Refuses if
// the state directory is not that of the connection file's scheduler: users who revoke a key must
// not believe that it is done when it is not.
ExitCode rotate(const AccessCommand& command, const fs::path& path, net::ConnectionFileRead& file) {
  bool isRunning = file.hasValue() && !net::isStale(*file);
  if (!file.hasValue() && !file.error().isMissing()) {
    return report(file.error().what(),
                  file.error().isUnsafe() ? ExitCode::kRefused : ExitCode::kFailed);
  }
  fs::path directory = command.stateDir.value_or(path.parent_path().string());
  if (command.role == Role::kObserver) return rotateToken(directory, path, file);
  if (isRunning && file->security != net::Security::kKeys) {
    return report("the scheduler of " + path.string() +
                      " was started with --insecure or with --tls-cert and has no keys to replace; "
                      "if you mean another one, name its --connection-file and --state-dir",
                  ExitCode::kFailed);
  }
  Keys keys = existingKeys(directory);
  // A scheduler that was killed has left its file, which names its key.
  bool mustMatch = isRunning || (file.hasValue() && !file->schedulerKey.empty());
  if (mustMatch && file->schedulerKey != net::fingerprintOf(keys.scheduler)) {
    return report("the scheduler of " + path.string() + " has other keys than those in " +
                      directory.string() + "; name its state directory with --state-dir",
                  ExitCode::kFailed);
  }
  rotateKey(directory, keys, command.role);
  if (!isRunning) return report(kMadeForLater, ExitCode::kNoScheduler);
  publish(keys, file.value());
  report(kMade, ExitCode::kDone);
  return print(*file, command.role);
}

}  // namespace

ExitCode printAccess(const AccessCommand& command) {
  // Before a key is replaced: its new file must be possible.
  try {
    keepStdoutPrivate();
  } catch (const std::system_error& error) {
    return report("the file on stdout could be read by others, and that cannot be changed (" +
                      error.code().message() + "); write it into a directory of your own",
                  ExitCode::kRefused);
  }
  fs::path path =
      net::wholePath(command.connectionFile.value_or(net::defaultConnectionFile().string()));
  net::ConnectionFileRead file = net::readConnectionFile(path);
  try {
    if (command.rotate) return rotate(command, path, file);
  } catch (const net::KeyError& error) {
    return report(error.what(), ExitCode::kFailed);
  }
  if (!file.hasValue() && file.error().isUnsafe()) {
    return report(file.error().what(), ExitCode::kRefused);
  }
  if (!file.hasValue() || net::isStale(*file)) {
    std::string why =
        file.hasValue() ? "the scheduler of " + path.string() + " is gone" : file.error().what();
    return report("no scheduler runs, so there are no addresses to print: " + why,
                  ExitCode::kNoScheduler);
  }
  bool isObserver = command.role == Role::kObserver;
  if (isObserver && file->observerToken.empty()) {
    return report("the connection file " + path.string() +
                      " has no token of observers: it is not the scheduler's own file, or the "
                      "scheduler was started with --insecure or --dashboard-address none",
                  ExitCode::kFailed);
  }
  if (!isObserver && file->security != net::Security::kKeys) {
    return report(
        "this scheduler has no keys to hand out: it was started with --insecure or with "
        "--tls-cert",
        ExitCode::kFailed);
  }
  if (net::keyOf(*file, command.role).empty()) {
    return report("the connection file " + path.string() + " has no key for a " +
                      name(command.role) +
                      "; name the file of the scheduler itself with --connection-file",
                  ExitCode::kFailed);
  }
  return print(*file, command.role);
}

}  // namespace pi::scheduler
