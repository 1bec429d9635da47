// The version of this build and of the protocol that it speaks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pi {

std::string_view programVersion();  // As in project(VERSION).
std::string_view gitCommit();       // Short hash, with "-dirty" after local changes; or "unknown".
std::uint32_t protocolVersion();    // From proto/pi.capnp.
std::string versionText(std::string_view program);  // For --version: one line, with the newline.

}  // namespace pi
