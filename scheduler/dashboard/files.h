// The files of the dashboard's page, as the build made them.
#pragma once

#include <span>
#include <string_view>

namespace pi::scheduler::dashboard {

struct File {
  std::string_view path;  // Such as "/style.css".
  std::string_view type;  // For Content-Type.
  std::string_view tag;   // For ETag, with its quotes: another content has another one.
  std::span<const unsigned char> gzip;
};

// None in a build without the dashboard (PI_DASHBOARD=OFF).
std::span<const File> files();

}  // namespace pi::scheduler::dashboard
