#include "common/net/discovery/credentials.h"

#include <utility>

namespace pi::net {
namespace {

// The file's key for the role, empty if it has none.  An owner may do all that a client may, so
// either key works for the calls of a client.
const Secret& keyFor(Role role, const ConnectionFile& file) {
  if (role == Role::kWorker) return file.workerKey;
  const Secret& first = role == Role::kOwner ? file.ownerKey : file.clientKey;
  const Secret& second = role == Role::kOwner ? file.clientKey : file.ownerKey;
  return first.empty() ? second : first;
}

// The role that an error names: the least that is needed.
std::string needed(Role role) { return name(role == Role::kOwner ? Role::kClient : role); }

std::string remedyFor(Role role) {
  return "; get one with 'pi-scheduler access " + needed(role) +
         "' and name it with --connection-file";
}

}  // namespace

Credentials credentialsFor(Role role, const AccessOptions& options,
                           const ConnectionFileRead& file) {
  using Context = std::shared_ptr<const TlsContext>;
  if (options.insecure) return Context();
  try {
    if (options.certificates) {
      return Context(std::make_shared<TlsContext>(TlsSide::kCaller, *options.certificates));
    }
    if (!file.hasValue()) {
      if (file.error().kind() != ConnectionFileError::Kind::kMissing) {
        return KeyError(file.error().what());
      }
      return KeyError("there is no connection file with a key for it" + remedyFor(role));
    }
    if (file->security == Security::kNone) return Context();
    if (file->security == Security::kCertificates) {
      return KeyError(
          "it only accepts certificates of the site; give yours with --tls-cert, --tls-key and "
          "--tls-ca");
    }
    const Secret& own = keyFor(role, *file);
    if (own.empty() || file->schedulerKey.empty()) {
      return KeyError("the connection file has no key for a " + needed(role) + remedyFor(role));
    }
    return Context(std::make_shared<TlsContext>(
        TlsSide::kCaller, own,
        std::map<std::string, Role>{{file->schedulerKey, Role::kScheduler}}));
  } catch (const KeyError& error) {
    return KeyError(std::string("the key cannot be used: ") + error.what());
  }
}

}  // namespace pi::net
