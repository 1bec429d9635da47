// A disk of a few megabytes, to be full: a tmpfs that nobody else sees, and that is gone with the
// processes that do.
#pragma once

#include <filesystem>
#include <string>

#include "tests/cluster/cluster.h"
#include "tests/cluster/descriptor.h"

namespace pi::cluster {

// While it lives, this thread and whatever it starts see the disk.
class SmallDisk {
 public:
  // Why there can be none here; empty if there can.  It takes root.
  static std::string whyNot();

  SmallDisk();
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::filesystem::path& path() const { return folder_.path(); }

  // Not a byte is left; and then there is room as before.
  void fill();
  void makeRoom();

 private:
  std::filesystem::path filler() const { return path() / "filler"; }

  TemporaryFolder folder_;
  Descriptor mountsBefore_;  // What this thread saw before, ...
  Descriptor folderBefore_;  // ... and where it was.
};

}  // namespace pi::cluster
