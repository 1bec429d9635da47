// Whether the terminal can show a view that is kept up to date.
#pragma once

#include <optional>
#include <string>

namespace pi::client::top {

// Why it cannot, and what to do; none if it can.
std::optional<std::string> whyNotDrawable();

}  // namespace pi::client::top
