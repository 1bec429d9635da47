// The secret of the scheduler in rpc_fuzz, with which its corpus was made.
#pragma once

#include <string_view>

namespace pi::fuzz {

inline constexpr std::string_view kRpcSecret = "no secret at all, of 32 bytes...";

}  // namespace pi::fuzz
