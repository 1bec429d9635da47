// The connection file: how workers and clients on a shared home directory find the scheduler.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/expected.h"
#include "common/model/access.h"
#include "common/net/secrets/secret.h"

namespace pi::net {

// What a scheduler asks of those who come.
enum class Security {
  kKeys,          // The file's.
  kCertificates,  // Those of a site's own authority.
  kNone,          // --insecure
};

struct ConnectionFile {
  std::string schedulerId;
  std::uint32_t pid = 0;
  std::string host;                // Where the scheduler runs, as that machine calls itself.
  std::vector<Address> addresses;  // Numeric; the likeliest first.
  Security security = Security::kKeys;
  std::string schedulerKey;  // Its fingerprint, see keys.h.
  Secret workerKey;          // Key pairs; what a holder's role has no need of is empty.
  Secret clientKey;
  Secret ownerKey;
  bool operator==(const ConnectionFile&) const = default;
};

// Why a connection file cannot be used.  what() is a sentence: what is wrong, and what to do.
class ConnectionFileError : public std::runtime_error {
 public:
  enum class Kind {
    kMissing,   // There is no such file, which some callers expect.
    kUnsafe,    // Other users could read its keys or write it.
    kUnusable,  // It cannot be read, understood or written.
  };
  ConnectionFileError(Kind kind, const std::string& sentence)
      : std::runtime_error(sentence), kind_(kind) {}
  Kind kind() const { return kind_; }
  bool isMissing() const { return kind_ == Kind::kMissing; }
  bool isUnsafe() const { return kind_ == Kind::kUnsafe; }

 private:
  Kind kind_;
};

using ConnectionFileRead = Expected<ConnectionFile, ConnectionFileError>;

// $PI_CONNECTION_FILE, else $XDG_STATE_HOME/pi/scheduler.json, else
// ~/.local/state/pi/scheduler.json.
std::filesystem::path defaultConnectionFile();

// Ignores fields that it does not know.  Refuses a file of somebody else's, one that others could
// write, and one with keys that others could read.
ConnectionFileRead readConnectionFile(const std::filesystem::path& path);

// What a connection file's text says; `path` is for the error.
ConnectionFileRead parseConnectionFile(const std::filesystem::path& path, const std::string& text);

// What the file says, as text.
Secret textOf(const ConnectionFile& file);

// The part of it that a role needs: no other role's key.
ConnectionFile forRole(ConnectionFile file, Role role);

// Replaces the file in one step, with mode 0600; makes missing directories with mode 0700.  Throws
// ConnectionFileError.
void writeConnectionFile(const std::filesystem::path& path, const ConnectionFile& file);

// Removes it if it still is this scheduler's.
void removeConnectionFile(const std::filesystem::path& path, const std::string& schedulerId);

// True if its scheduler ran on this machine and does no more.  Of another machine nobody knows.
bool isStale(const ConnectionFile& file);

}  // namespace pi::net
