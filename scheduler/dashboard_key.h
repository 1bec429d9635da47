// The key and the certificate of a dashboard that is served over the network: made when one is
// needed, and kept in the state directory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/net/secrets/secret.h"

namespace pi::scheduler {

// A certificate with less time left is replaced at a start.
inline constexpr Duration kCertificateTimeLeft = std::chrono::hours(24) * 60;

// Reads the key pair (see common/net/tls/web_certificate.h), or makes it if there is none, or if
// its certificate does not name each of the hosts, or will soon end.  So browsers that have
// accepted it need not do so at each start.  Throws net::KeyError with one sentence if the file is
// damaged, belongs to another user, or can be read or replaced by others.
net::Secret loadDashboardKey(const std::filesystem::path& stateDirectory,
                             const std::vector<std::string>& hosts, WallTime now);

}  // namespace pi::scheduler
