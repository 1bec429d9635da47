// Files that only their owner may read and write.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "common/base/expected.h"
#include "common/net/secrets/secret.h"

namespace pi::net {

// Why a file or a directory cannot be used.  what() says it without the name: the caller puts it in
// a sentence about its own file.
class FileError : public std::runtime_error {
 public:
  enum class Kind {
    kMissing,
    kUnusable,  // The system refuses to read or write it.
    kTooLarge,
    kUnsafe,  // Other users can read or write it.
  };
  FileError(Kind kind, const std::string& reason) : std::runtime_error(reason), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

struct PrivateFile {
  Secret content;
  bool isOurs = false;              // This user owns it, and no other user can write it.
  std::optional<FileError> danger;  // kUnsafe: what other users could do, and the remedy.
};

// The remedy when another user may have read the keys that a scheduler has made.
inline constexpr const char* kMakeNewKeys =
    "have new ones made: stop pi-scheduler, remove its keys.json, and start it again";

// Reads at most `bytesMax` bytes.  `ifSeen` is the remedy if other users could read the keys.
Expected<PrivateFile, FileError> readPrivateFile(const std::filesystem::path& path,
                                                 std::size_t bytesMax,
                                                 const std::string& ifSeen = kMakeNewKeys);

// Makes the directory and its missing parents with mode 0700.  Throws FileError.
void makePrivateDirectory(const std::filesystem::path& directory);

// Replaces the file in one step that survives a crash, with mode 0600; makes missing directories
// with mode 0700.  Throws FileError.
void writePrivateFile(const std::filesystem::path& path, const Secret& content);

// Throws FileError, kUnsafe with the remedy, if another user can replace files in this directory.
void requirePrivateDirectory(const std::filesystem::path& directory);

}  // namespace pi::net
