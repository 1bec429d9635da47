#include "tests/cluster/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

namespace pi::cluster {
namespace {

namespace fs = std::filesystem;

int openOrThrow(const char* path, int flags) {
  int file = ::open(path, flags | O_CLOEXEC, 0600);
  if (file < 0) throw std::system_error(errno, std::generic_category(), path);
  return file;
}

// Affects this thread and the processes it starts.  Returns false and sets errno if it is not
// permitted.
bool mountSmallDisk(const char* path) {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "size=8m,mode=0700") == 0;
}

}  // namespace

std::optional<std::string> SmallDisk::whyNot() {
  if (::geteuid() != 0) return "it needs root";
  std::optional<std::string> reason;
  std::thread([&reason] {
    if (mountSmallDisk(fs::temp_directory_path().c_str())) return;
    reason = std::string("this system does not allow mounts: ") + std::strerror(errno);
  }).join();
  return reason;
}

SmallDisk::SmallDisk()
    : mountsBefore_(openOrThrow("/proc/thread-self/ns/mnt", O_RDONLY)),
      folderBefore_(openOrThrow(".", O_RDONLY | O_DIRECTORY)) {
  if (mountSmallDisk(path().c_str())) return;
  throw std::system_error(errno, std::generic_category(), "mount");
}

SmallDisk::~SmallDisk() {
  bool isBack = ::setns(mountsBefore_.number(), CLONE_NEWNS) == 0 &&
                ::fchdir(folderBefore_.number()) == 0;  // setns() changes the directory, too.
  static_cast<void>(isBack);
}

void SmallDisk::fill() {
  Descriptor file(openOrThrow(filler().c_str(), O_WRONLY | O_CREAT | O_APPEND));
  const std::string zeros(1 << 16, '\0');
  for (std::size_t size = zeros.size(); size > 0;) {
    if (::write(file.number(), zeros.data(), size) > 0) continue;
    if (errno != ENOSPC) throw std::system_error(errno, std::generic_category(), "filler");
    size /= 2;
  }
}

void SmallDisk::makeRoom() { fs::remove(filler()); }

}  // namespace pi::cluster
