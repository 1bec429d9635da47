#include "common/net/secrets/secret_json.h"

#include <nlohmann/json.hpp>

#include "common/net/secrets/secret.h"

namespace pi::net {
namespace {

using nlohmann::json;

void wipeTo(json& document, int depth) {
  if (auto* text = document.get_ptr<json::string_t*>()) wipe(*text);
  if (!document.is_structured() || depth == 0) return;
  for (json& part : document) wipeTo(part, depth - 1);
}

}  // namespace

void wipe(json& document) { wipeTo(document, 3); }

}  // namespace pi::net
