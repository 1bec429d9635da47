// The options by which each program is told what to show its peers.
#pragma once

#include "common/cli/arguments.h"
#include "common/model/access.h"

namespace pi::cli {

inline constexpr Option kTlsCertOption{
    .name = "tls-cert", .value = "FILE", .help = "For sites with an authority of their own: PEM"};
inline constexpr Option kTlsKeyOption{
    .name = "tls-key", .value = "FILE", .help = "Its key: yours alone, and not encrypted"};
inline constexpr Option kTlsCaOption{
    .name = "tls-ca",
    .value = "FILE",
    .help =
        "The authority; whom it has certified with the OU pi-scheduler,\n"
        "pi-worker or pi-client is just that; with lists of what it\n"
        "has revoked (CRLs) in the same file, they count"};

// Reads the three of them, which go together or not at all, and --insecure, which excludes them.
AccessOptions readAccess(Arguments& given);

}  // namespace pi::cli
