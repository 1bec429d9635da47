// Tries the way to the scheduler, and says what is in the way.
#pragma once

#include <filesystem>
#include <optional>

#include "common/base/address.h"
#include "common/model/access.h"
#include "common/net/check/report.h"
#include "common/net/loop/kj_loop.h"

namespace pi::net {

struct CheckRequest {
  Role role = Role::kClient;         // The role of the program that asks: kWorker or kClient.
  std::filesystem::path file;        // The connection file.
  std::optional<Address> address{};  // To be called instead of those in the file.
  AccessOptions access{};
};

// Reads the connection file, calls every address at the same time, and enters the scheduler as a
// program of this role, without joining or submitting anything.  Takes at most some ten seconds.
CheckReport checkWay(KjLoop& loop, const CheckRequest& request);

}  // namespace pi::net
