// The likely cause of what a check has found, and what to do about it.
#pragma once

#include <optional>
#include <string>

#include "common/net/check/report.h"

namespace pi::net {

// The cause of a finding at an address; nothing if it works, or if its sentence says it already.
// `origin`: where the address comes from; nullopt for one that the user has given.
std::optional<std::string> causeOf(Finding finding, const Address& address,
                                   const std::optional<FileOrigin>& origin);

// The cause of a connection file that does not exist, for a program of this role.
std::string causeOfMissingFile(Role role);

}  // namespace pi::net
