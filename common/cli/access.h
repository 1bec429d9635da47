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
        "CA certificates (PEM).  The OU of a peer's certificate is its role: pi-scheduler, "
        "pi-worker, pi-client or pi-owner.  Revocation lists (CRLs) in the same file are applied"};
inline constexpr Option kInsecureOption{
    .name = "insecure",
    .value = "",
    .help = "Connect without a key, to a scheduler started with --insecure"};

// Reads the options --tls-..., which are given together or not at all, and --insecure, which
// excludes them.
AccessOptions readAccess(Arguments& given);

}  // namespace pi::cli
