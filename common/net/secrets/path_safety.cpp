#include "common/net/secrets/path_safety.h"

#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace pi::net {
namespace {

namespace fs = std::filesystem;

std::optional<UnsafeAncestor> dangerIn(const fs::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  std::string name = directory.string() + ", above it, ";
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return UnsafeAncestor{.isOpenToAll = false,
                          .sentence = name + "belongs to user " + std::to_string(status.st_uid) +
                                      ", who can put another one in its place"};
  }
  if ((status.st_mode & S_ISVTX) != 0) return std::nullopt;
  if ((status.st_mode & S_IWOTH) != 0) {
    return UnsafeAncestor{
        .isOpenToAll = true,
        .sentence = name + "can be written by others; 'chmod o-w " + directory.string() + "'"};
  }
  if ((status.st_mode & S_IWGRP) != 0) {
    return UnsafeAncestor{.isOpenToAll = false,
                          .sentence = name +
                                      "can be written by its group, who can put another one "
                                      "in its place; 'chmod g-w " +
                                      directory.string() + "'"};
  }
  return std::nullopt;
}

// Keeps the worst danger of all directories above `path`.
void lookAbove(fs::path path, std::optional<UnsafeAncestor>& worst) {
  while (path.has_relative_path()) {
    path = path.parent_path();
    std::optional<UnsafeAncestor> found = dangerIn(path);
    if (found && (!worst || (found->isOpenToAll && !worst->isOpenToAll))) worst = found;
  }
}

}  // namespace

std::optional<UnsafeAncestor> unsafeAncestorOf(const fs::path& path) {
  std::error_code error;
  std::optional<UnsafeAncestor> worst;
  fs::path written = fs::absolute(path, error);
  if (!error) lookAbove(written.lexically_normal(), worst);
  fs::path real = fs::weakly_canonical(path, error);
  if (!error) lookAbove(real, worst);
  return worst;
}

}  // namespace pi::net
