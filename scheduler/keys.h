// A scheduler's keys: made at its first start, and kept in its state directory.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "common/model/access.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/tls/secret.h"

namespace pi::scheduler {

struct Keys {
  net::Secret scheduler;  // Key pairs, see common/net/keys.h.
  net::Secret worker;
  net::Secret client;
  net::Secret observerToken;
  bool operator==(const Keys&) const = default;
};

// Reads the keys of a state directory, and makes them if there are none.  Throws net::KeyError with
// one sentence if they are damaged, somebody else's, or could be seen or replaced by others.
Keys loadKeys(const std::filesystem::path& stateDirectory);

// The same, except that there being none is an error, too: nobody has keys planted where no
// scheduler looks for them.
Keys existingKeys(const std::filesystem::path& stateDirectory);

// What the text of the file with the keys says; `path` is for the error.  Throws net::KeyError if
// it is damaged.
Keys parseKeys(const std::filesystem::path& path, const std::string& text);

// Makes one role's of these keys anew, kAnyone's being the observer's token, and keeps them; the
// scheduler's next start takes it up.  Throws net::KeyError.
void rotateKey(const std::filesystem::path& stateDirectory, Keys& keys, Role role);

// Whom the scheduler lets in: by fingerprint.
std::map<std::string, Role> rolesOf(const Keys& keys);

// Puts into a connection file what its readers need of the keys.
void publish(const Keys& keys, net::ConnectionFile& file);

}  // namespace pi::scheduler
