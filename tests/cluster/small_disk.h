// A disk of a few megabytes that tests can fill: a tmpfs in a private mount namespace.  The kernel
// removes it when no process uses it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tests/cluster/cluster.h"
#include "tests/cluster/descriptor.h"

namespace pi::cluster {

// While this object exists, its thread and the processes it starts see the disk.
class SmallDisk {
 public:
  // Why this machine cannot do it; nullopt if it can.  It needs root.
  static std::optional<std::string> whyNot();

  SmallDisk();
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::filesystem::path& path() const { return folder_.path(); }

  // Fills the disk to the last byte, and frees it again.
  void fill();
  void makeRoom();

 private:
  std::filesystem::path filler() const { return path() / "filler"; }

  TemporaryFolder folder_;
  Descriptor mountsBefore_;  // The mount namespace of this thread before.
  Descriptor folderBefore_;  // Its working directory before.
};

}  // namespace pi::cluster
