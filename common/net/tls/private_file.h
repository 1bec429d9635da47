// Files that are their owner's alone.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "common/net/tls/secret.h"

namespace pi::net {

// What reading a file came to.
struct PrivateFile {
  enum class State { kRead, kMissing, kUnreadable, kTooLarge };
  State state = State::kUnreadable;
  Secret content{};
  std::string error{};   // Of the system, when it cannot be read.
  bool isOurs = false;   // This user owns it, and nobody else could write it.
  std::string danger{};  // What others could have done, and the remedy; empty if nothing.
};

// What to do once somebody may have seen the keys that a scheduler has made.
inline constexpr const char* kMakeNewKeys =
    "have new ones made: stop pi-scheduler, remove its keys.json, and start it again";

// Reads at most `bytesMax`.  `ifSeen` is part of the remedy, should others have its keys.
PrivateFile readPrivateFile(const std::filesystem::path& path, std::size_t bytesMax,
                            const std::string& ifSeen = kMakeNewKeys);

// Makes the directory, and those above it that are missing, for its owner alone.  Returns what went
// wrong; empty when nothing did, or it is there.
[[nodiscard]] std::string makePrivateDirectory(const std::filesystem::path& directory);

// Replaces the file in one step that outlasts a crash, readable by its owner alone; missing
// directories are made so, too.  Returns what went wrong; empty when nothing did.
[[nodiscard]] std::string writePrivateFile(const std::filesystem::path& path,
                                           const Secret& content);

// Who but this user could put other files in the place of those in this directory, and the remedy;
// empty if nobody.
std::string whoElseMayWrite(const std::filesystem::path& directory);

}  // namespace pi::net
