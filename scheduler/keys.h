// A scheduler's keys: made at its first start and kept in its state directory.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "common/model/access.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/secrets/secret.h"

namespace pi::scheduler {

// One key pair for each role (see common/net/tls/keys.h).
struct Keys {
  net::Secret scheduler;
  net::Secret worker;
  net::Secret client;
  net::Secret owner;
  bool operator==(const Keys&) const = default;
};

// Reads the keys of a state directory, or makes them if it has none.  Throws net::KeyError with one
// sentence if the keys are damaged, belong to another user, or can be read or replaced by others.
Keys loadKeys(const std::filesystem::path& stateDirectory);

// Reads the keys of a state directory, and throws net::KeyError also if it has none: keys must not
// be made where no scheduler looks for them.
Keys existingKeys(const std::filesystem::path& stateDirectory);

// Reads the text of a file of keys.  `path` names the file in the error.  Throws net::KeyError if
// the text is damaged.
Keys parseKeys(const std::filesystem::path& path, std::string_view text);

// Replaces the key of a worker, client or owner by a new one and saves all keys.  The scheduler
// uses the new key from its next start on.  Throws net::KeyError.
void rotateKey(const std::filesystem::path& stateDirectory, Keys& keys, Role role);

// The role of each key that the scheduler accepts, by the key's fingerprint.
std::map<std::string, Role> rolesOf(const Keys& keys);

// Copies into a connection file the keys that its readers need.
void publish(const Keys& keys, net::ConnectionFile& file);

}  // namespace pi::scheduler
