// Finds out whether other users can put another file in the place of one of ours.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace pi::net {

// A directory above a file, in which another user can rename what leads to the file.
struct UnsafeAncestor {
  bool isOpenToAll = false;  // Every user of this machine can; otherwise a group or one user.
  std::string sentence;      // "/data, above it, can be written by others; 'chmod o-w /data'".
};

// Looks at all directories above `path` as it is written, and as it is without symbolic links.
// A directory is safe if it belongs to root or to this user, and if others cannot write to it or it
// is sticky (like /tmp): this is sshd's rule, except that sshd does not know sticky directories.
// The worst danger; null if there is none.  The directory that holds `path` is included.
std::optional<UnsafeAncestor> unsafeAncestorOf(const std::filesystem::path& path);

}  // namespace pi::net
