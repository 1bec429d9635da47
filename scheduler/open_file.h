// Whether a path still leads to a file that is open: its last owner may have removed it.
#pragma once

#include <sys/stat.h>

#include <filesystem>

namespace pi::scheduler {

inline bool isAt(const std::filesystem::path& path, int file) {
  struct stat there {};
  struct stat opened {};
  return ::lstat(path.c_str(), &there) == 0 && ::fstat(file, &opened) == 0 &&
         there.st_dev == opened.st_dev && there.st_ino == opened.st_ino;
}

}  // namespace pi::scheduler
