// The options that say how a program proves its role to its peers.
#pragma once

#include "common/cli/arguments.h"
#include "common/model/access.h"

namespace pi::cli {

inline constexpr Option kTlsCertOption{
    .name = "tls-cert",
    .value = "FILE",
    .help = "This program's certificate (PEM), for sites with a CA of their own"};
inline constexpr Option kTlsKeyOption{
    .name = "tls-key",
    .value = "FILE",
    .help = "Its private key (PEM, not encrypted, readable only by you)"};
inline constexpr Option kTlsCaOption{
    .name = "tls-ca",
    .value = "FILE",
    .help =
        "CA certificates (PEM).  The OU of a peer's certificate is its role:\n"
        "pi-scheduler, pi-worker, pi-client or pi-owner.  Revocation lists\n"
        "(CRLs) in the same file are applied"};

// Reads the three options above, which are given together or not at all, and --insecure, which
// excludes them.
AccessOptions readAccess(Arguments& given);

}  // namespace pi::cli
