// Documents with secrets in them.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace pi::net {

// Wipes every text in the document, as deep as our own files go: four levels.
void wipe(nlohmann::json& document);

}  // namespace pi::net
