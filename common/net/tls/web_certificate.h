// A key pair for browsers: a certificate that names the hosts by which they call this machine.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/net/secrets/secret.h"
#include "common/net/tls/keys.h"

namespace pi::net {

// Browsers take no certificate for longer (Apple's limit is 825 days).
inline constexpr Duration kWebCertificateLife = std::chrono::hours(24) * 820;

// Makes a key pair in the format of makeKeyPair().  The certificate signs itself; it names these
// host names and numeric addresses, and is valid from a day ago, for clocks that are slow, until
// kWebCertificateLife.  Throws KeyError.
Secret makeWebKeyPair(const std::vector<std::string>& hosts, WallTime now);

// Whether the certificate names each of these hosts, and is valid at this time.  Throws KeyError if
// the text is not a key pair.
bool isWebKeyPairFor(const Secret& keyPair, const std::vector<std::string>& hosts, WallTime time);

// The SHA-256 of the certificate as browsers show it: "AB:01:...".  Throws KeyError.
std::string certificateFingerprint(const Secret& keyPair);

}  // namespace pi::net
