#include "common/model/version.h"

#include "common/model/stream.h"
#include "pi_git_commit.h"

namespace pi {

std::string_view programVersion() { return PI_PROGRAM_VERSION; }

std::string_view gitCommit() { return kGitCommit; }

std::uint32_t protocolVersion() { return PI_PROTOCOL_VERSION; }

std::string versionText(std::string_view program) {
  return std::string(program) + " " + std::string(programVersion()) + " (protocol " +
         std::to_string(protocolVersion()) + ", stream " + std::to_string(kStreamVersion) +
         ", git " + std::string(gitCommit()) + ")\n";
}

}  // namespace pi
