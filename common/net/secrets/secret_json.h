// JSON documents that contain secrets.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace pi::net {

// Overwrites every text in the document, down to four levels, which is the depth of our own files.
void wipe(nlohmann::json& document);

}  // namespace pi::net
