#include "common/net/discovery/credentials.h"

#include <utility>

namespace pi::net {
namespace {

std::string remedyFor(Role role) {
  return "; get one by 'pi-scheduler access " + std::string(name(role)) +
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
    const Secret& own = role == Role::kWorker ? file.value->workerKey : file.value->clientKey;
    if (own.empty() || file.value->schedulerKey.empty()) {
      return {.missing = "the connection file has no key for a " + std::string(name(role)) +
                         remedyFor(role)};
    }
    return {.tls = std::make_shared<TlsContext>(
                TlsSide::kCaller, own,
                std::map<std::string, Role>{{file.value->schedulerKey, Role::kScheduler}})};
  } catch (const KeyError& error) {
    return {.missing = std::string("the key cannot be used: ") + error.what()};
  }
}

}  // namespace pi::net
