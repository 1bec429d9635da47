// Addresses that only the machine itself can reach.
#pragma once

#include <string_view>

namespace pi {

// True for "localhost" and for the numeric addresses of loopback.
bool isLoopback(std::string_view host);

}  // namespace pi
