// Which build this is, and what it speaks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pi {

std::string_view programVersion();  // "0.1.0"
std::string_view gitCommit();       // Short; ends in "-dirty" if changed since; or "unknown".
std::uint32_t protocolVersion();    // As proto/pi.capnp has it.
std::string versionText(std::string_view program);  // For --version: one line, with the newline.

}  // namespace pi
