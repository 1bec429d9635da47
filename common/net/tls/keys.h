// Key pairs, and how their owners are known by them.
#pragma once

#include <stdexcept>
#include <string>

#include "common/net/secrets/secret.h"

namespace pi::net {

// One sentence on why a key cannot be made or used.
class KeyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A new key pair (ECDSA, P-256): the private key and a certificate that carries the public one, in
// PEM.  The certificate signs itself and says nothing that anybody believes: its name is for
// people, and its dates are of no meaning.
Secret makeKeyPair(const std::string& name);

// SHA-256 of the public key (its SubjectPublicKeyInfo) in hex, by which a peer is known.  Throws
// KeyError if the text is no key pair, or its two halves do not belong together.
std::string fingerprintOf(const Secret& keyPair);

}  // namespace pi::net
