#include "common/model/version.h"

#include <doctest/doctest.h>

namespace pi {
namespace {

TEST_CASE("the version line names program, version, protocol, stream and commit") {
  std::string line = versionText("pi-client");
  CHECK(line.starts_with("pi-client " + std::string(programVersion()) + " (protocol "));
  CHECK(line.find("stream ") != std::string::npos);
  CHECK(line.find("git " + std::string(gitCommit())) != std::string::npos);
  CHECK(line.ends_with(")\n"));
  CHECK(protocolVersion() >= 1);
  CHECK_FALSE(gitCommit().empty());
}

}  // namespace
}  // namespace pi
