// The connection file: how workers and clients on a shared home directory find the scheduler.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/address.h"
#include "common/base/expected.h"
#include "common/model/access.h"
#include "common/net/secrets/secret.h"

namespace pi::net {

// How a scheduler checks its peers.
enum class Security {
  kKeys,          // By the keys in the file.
  kCertificates,  // By certificates of the site's authority.
  kNone,          // Not at all (--insecure).
};

struct ConnectionFile {
  std::string schedulerId;
  std::uint32_t pid = 0;
  std::string host;                // The host name of the scheduler's machine.
  std::vector<Address> addresses;  // Numeric; the most likely to work first.
  Security security = Security::kKeys;
  std::string schedulerKey;  // The fingerprint, see keys.h.
  Secret workerKey;          // Key pairs.  Empty: not for the holder of this file.
  Secret clientKey;
  Secret ownerKey;
  std::string dashboard{};  // The address of the dashboard, "http://HOST:PORT/"; empty: none.
  // The fingerprint of its certificate, if it is served by HTTPS (see web_certificate.h).
  std::string dashboardFingerprint{};
  Secret observerToken{};  // Opens the dashboard.  Empty: not for the holder of this file.
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
  ConnectionFileError(Kind kind, const std::string& sentence, bool mayBeReplaced = false)
      : std::runtime_error(sentence), kind_(kind), mayBeReplaced_(mayBeReplaced) {}
  Kind kind() const { return kind_; }
  bool isMissing() const { return kind_ == Kind::kMissing; }
  bool isUnsafe() const { return kind_ == Kind::kUnsafe; }
  // Whether a scheduler may write its connection file there, since nothing would be lost: there is
  // no file, or an empty one, or a connection file of this user.  It may be anything if another
  // user owns it or could write it, since it is not parsed then.
  bool mayBeReplaced() const { return mayBeReplaced_; }

 private:
  Kind kind_;
  bool mayBeReplaced_;
};

using ConnectionFileRead = Expected<ConnectionFile, ConnectionFileError>;

// The default path: $PI_CONNECTION_FILE, else $XDG_STATE_HOME/pi/scheduler.json, else
// ~/.local/state/pi/scheduler.json.
std::filesystem::path defaultConnectionFile();
// Whether $PI_CONNECTION_FILE names it.
bool environmentNamesConnectionFile();

// The path from the root.  Throws ConnectionFileError if the path is relative and the current
// directory is gone.
std::filesystem::path wholePath(const std::filesystem::path& path);

// Reads the file and ignores unknown fields.  Refuses a file that another user owns or could write,
// and a file with keys that another user could read.
ConnectionFileRead readConnectionFile(const std::filesystem::path& path);

// Parses the text of a connection file; `path` is for the error.
ConnectionFileRead parseConnectionFile(const std::filesystem::path& path, std::string_view text);

// The text of the file.
Secret textOf(const ConnectionFile& file);

// The part of it that a role needs: no other role's key.  Clients and owners may also observe.
ConnectionFile forRole(ConnectionFile file, Role role);

// The file's key, or token, for the role; empty if it has none.
const Secret& keyOf(const ConnectionFile& file, Role role);

// Replaces the file in one step, with mode 0600; makes missing directories with mode 0700.  A
// symbolic link of this user stays, and the file that it leads to is replaced.  Throws
// ConnectionFileError.
void writeConnectionFile(const std::filesystem::path& path, const ConnectionFile& file);

// Removes the file if it is still this scheduler's.  A symbolic link to it stays.
void removeConnectionFile(const std::filesystem::path& path, const std::string& schedulerId);

// True if its scheduler ran on this machine and has ended.  For another machine it is always false.
bool isStale(const ConnectionFile& file);

}  // namespace pi::net
