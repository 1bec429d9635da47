// Message authentication codes, and comparing secrets.
#pragma once

#include <string>
#include <string_view>

#include "common/net/secrets/secret.h"

namespace pi::net {

// HMAC-SHA256 of the message under the key, in hex (64 digits).
std::string authenticationCode(const Secret& key, std::string_view message);

// Whether two texts are equal.  The time that it takes depends on their lengths alone, so it tells
// no caller how much of a secret was guessed right.
bool areEqualSecrets(std::string_view one, std::string_view other);

}  // namespace pi::net
