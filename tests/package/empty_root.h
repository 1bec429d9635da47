// A root directory with the three static programs and nothing else, and processes in it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "tests/cluster/cluster.h"
#include "tests/temporary_folder.h"

namespace pi::cluster {

// Why this process cannot change the root of its children; nullopt if it can.
std::optional<std::string> whyNoRoot();

class EmptyRoot {
 public:
  EmptyRoot();

  // A path inside, as seen from outside.
  std::filesystem::path path(const std::string& inside) const { return folder_.path() / inside; }
  void write(const std::string& inside, const std::string& content) const;

  // `program` is "pi-client" or the like.  It gets no environment but this one.  Its system calls
  // that open files or start programs are written to the file `traced`, if one is given.
  using Environment = std::map<std::string, std::string>;
  Command command(const std::string& program, const Words& words,
                  const Environment& environment = {},
                  const std::optional<std::filesystem::path>& traced = {}) const;
  Ended run(const std::string& program, const Words& words,
            const Environment& environment = {}) const;

 private:
  TemporaryFolder folder_;
};

// The files that a static program tried to open, and the programs that it started.
std::vector<std::string> openedBy(const std::filesystem::path& traced);

}  // namespace pi::cluster
