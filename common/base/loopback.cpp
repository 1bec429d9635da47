#include "common/base/loopback.h"

#include <algorithm>

namespace pi {

bool isLoopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  constexpr std::string_view kMapped = "::ffff:";
  if (host.starts_with(kMapped)) host.remove_prefix(kMapped.size());
  auto isOfNumber = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
         std::ranges::all_of(host, isOfNumber);
}

}  // namespace pi
