#include "common/net/secrets/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace pi::net {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH;
constexpr mode_t kOthersRead = S_IRGRP | S_IROTH;

// Owns a file descriptor.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (isOpen()) ::close(descriptor_);
  }
  bool isOpen() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string systemError() { return std::system_category().message(errno); }

[[noreturn]] void failBySystem() { throw FileError(FileError::Kind::kUnusable, systemError()); }

// Reads at most `room` bytes; false if the system refuses.
bool readUpTo(const File& file, std::size_t room, Secret& content) {
  std::string text(room, '\0');  // Has its final size, so that no copy stays in freed memory.
  std::size_t filled = 0;
  bool isRead = true;
  while (filled < text.size()) {
    ssize_t count = ::read(file.descriptor(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    isRead = count >= 0;
    if (count <= 0) break;
    filled += static_cast<std::size_t>(count);
  }
  int error = errno;
  content = Secret(std::string_view(text.data(), filled));
  text.resize(filled);
  wipe(text);
  errno = error;
  return isRead;
}

// One byte more than allowed, so that a file that is too large is noticed.
std::size_t roomFor(const struct stat& status, std::size_t bytesMax) {
  if (!S_ISREG(status.st_mode)) return bytesMax + 1;
  return std::min(static_cast<std::size_t>(status.st_size), bytesMax) + 1;
}

// Names the danger if other users could read or change the file; else null.
std::optional<FileError> dangerOf(const struct stat& status, const fs::path& path,
                                  const std::string& ifSeen) {
  auto danger = [](const std::string& what) { return FileError(FileError::Kind::kUnsafe, what); };
  if (status.st_uid != ::geteuid()) {
    return danger("belongs to user " + std::to_string(status.st_uid) + " and you are user " +
                  std::to_string(::geteuid()) + "; use one of your own");
  }
  if (!S_ISREG(status.st_mode)) return danger("is no plain file; name one");
  std::string remedy =
      "; run 'chmod 600 " + path.string() + "', and if another user may know its keys, " + ifSeen;
  if ((status.st_mode & kOthersWrite) != 0) return danger("could be written by others" + remedy);
  if ((status.st_mode & kOthersRead) != 0) return danger("could be read by others" + remedy);
  return std::nullopt;
}

bool makeDirectories(const fs::path& directory) {
  if (directory.empty() || ::mkdir(directory.c_str(), S_IRWXU) == 0) return true;
  if (errno == EEXIST) return true;
  if (errno != ENOENT || !makeDirectories(directory.parent_path())) return false;
  return ::mkdir(directory.c_str(), S_IRWXU) == 0 || errno == EEXIST;
}

bool writeAll(const File& file, std::string_view content) {
  while (!content.empty()) {
    ssize_t count = ::write(file.descriptor(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return ::fsync(file.descriptor()) == 0;
}

}  // namespace

Expected<PrivateFile, FileError> readPrivateFile(const fs::path& path, std::size_t bytesMax,
                                                 const std::string& ifSeen) {
  using Kind = FileError::Kind;
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // Never waits for a FIFO.
  if (!file.isOpen() && (errno == ENOENT || errno == ENOTDIR)) {
    return FileError(Kind::kMissing, systemError());
  }
  struct stat status {};
  bool isKnown = file.isOpen() && ::fstat(file.descriptor(), &status) == 0;
  PrivateFile result;
  if (!isKnown || !readUpTo(file, roomFor(status, bytesMax), result.content)) {
    return FileError(Kind::kUnusable, systemError());
  }
  if (result.content.reveal().size() > bytesMax) {
    return FileError(Kind::kTooLarge, "is larger than " + std::to_string(bytesMax) + " bytes");
  }
  result.isOurs = status.st_uid == ::geteuid() && (status.st_mode & kOthersWrite) == 0;
  result.danger = dangerOf(status, path, ifSeen);
  return result;
}

void makePrivateDirectory(const fs::path& directory) {
  if (!makeDirectories(directory)) failBySystem();
}

void writePrivateFile(const fs::path& path, const Secret& content) {
  makePrivateDirectory(path.parent_path());
  struct stat status {};
  bool isThere = ::lstat(path.c_str(), &status) == 0;
  if (isThere && !S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode) &&
      !S_ISDIR(status.st_mode)) {  // For root, the rename would replace a device such as /dev/null.
    throw FileError(FileError::Kind::kUnusable, "it is no plain file");
  }

  // mkostemp() uses mode 0600 and O_EXCL, so other users cannot read half a file or plant their
  // own.
  std::string draft = path.string() + ".XXXXXX";
  File output(::mkostemp(draft.data(), O_CLOEXEC));
  if (!output.isOpen()) failBySystem();
  if (!writeAll(output, content.reveal()) || ::rename(draft.c_str(), path.c_str()) != 0) {
    FileError error(FileError::Kind::kUnusable, systemError());
    ::unlink(draft.c_str());
    throw error;
  }
  fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  File parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.isOpen()) ::fsync(parent.descriptor());  // Some file systems do not support this.
}

void requirePrivateDirectory(const fs::path& directory) {
  auto fail = [](const std::string& what) { throw FileError(FileError::Kind::kUnsafe, what); };
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) fail(systemError());
  bool isOpen = (status.st_mode & kOthersWrite) != 0;
  if (isOpen && (status.st_mode & S_ISVTX) != 0) {  // A directory such as /tmp stays as it is.
    fail("is shared with others; name one of your own with --state-dir");
  }
  if (status.st_uid != ::geteuid()) {
    fail("belongs to user " + std::to_string(status.st_uid) + " and you are user " +
         std::to_string(::geteuid()) + "; name one of your own with --state-dir");
  }
  if (isOpen) fail("can be written by others; 'chmod 700 " + directory.string() + "'");
}

}  // namespace pi::net
