// Key pairs, and the fingerprints by which peers know them.
#pragma once

#include <stdexcept>
#include <string>

#include "common/net/secrets/secret.h"

namespace pi::net {

// Why a key cannot be made or used.  what() is one sentence.
class KeyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Makes a key pair (ECDSA, P-256): the private key and a certificate with the public key, in PEM.
// The certificate signs itself.  Peers ignore its name, which is for people, and its dates.
Secret makeKeyPair(const std::string& name);

// The SHA-256 of the public key (its SubjectPublicKeyInfo) in hex.  Throws KeyError if the text is
// not a key pair, or its halves do not belong together.
std::string fingerprintOf(const Secret& keyPair);

}  // namespace pi::net
