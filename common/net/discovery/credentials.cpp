#include "common/net/discovery/credentials.h"

#include <utility>

namespace pi::net {
namespace {

// The file's key for the role, empty if it has none.  An owner may do what a client may, so either
// of the two keys does for the other's calls.
const Secret& keyFor(Role role, const ConnectionFile& file) {
  if (role == Role::kWorker) return file.workerKey;
  const Secret& first = role == Role::kOwner ? file.ownerKey : file.clientKey;
  const Secret& second = role == Role::kOwner ? file.clientKey : file.ownerKey;
  return first.empty() ? second : first;
}

// The role that an error names: the least that is needed.
std::string needed(Role role) { return name(role == Role::kOwner ? Role::kClient : role); }

std::string remedyFor(Role role) {
  return "; get one by 'pi-scheduler access " + needed(role) +
         "' and name it with --connection-file";
}

}  // namespace

Credentials credentialsFor(Role role, const AccessOptions& options,
                           const ConnectionFileRead& file) {
  if (options.insecure) return {};
  try {
    if (options.certificates) {
      return {.tls = std::make_shared<TlsContext>(TlsSide::kCaller, *options.certificates)};
    }
    if (file.isMissing) {
      return {.missing = "there is no connection file with a key for it" + remedyFor(role)};
    }
    if (!file.value) return {.missing = file.error};
    if (file.value->security == Security::kNone) return {};
    if (file.value->security == Security::kCertificates) {
      return {.missing =
                  "it takes a site's certificates alone; give yours by --tls-cert, --tls-key and "
                  "--tls-ca"};
    }
    const Secret& own = keyFor(role, *file.value);
    if (own.empty() || file.value->schedulerKey.empty()) {
      return {.missing = "the connection file has no key for a " + needed(role) + remedyFor(role)};
    }
    return {.tls = std::make_shared<TlsContext>(
                TlsSide::kCaller, own,
                std::map<std::string, Role>{{file.value->schedulerKey, Role::kScheduler}})};
  } catch (const KeyError& error) {
    return {.missing = std::string("the key cannot be used: ") + error.what()};
  }
}

}  // namespace pi::net
