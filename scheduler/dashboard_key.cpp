#include "scheduler/dashboard_key.h"

#include <optional>
#include <utility>

#include "common/net/tls/web_certificate.h"
#include "scheduler/limits.h"
#include "scheduler/state_files.h"
#include "scheduler/state_secret.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

bool isStillGood(const StateSecret& file, const net::Secret& key,
                 const std::vector<std::string>& hosts, WallTime now) {
  try {
    return net::isWebKeyPairFor(key, hosts, now) &&
           net::isWebKeyPairFor(key, hosts, now + kCertificateTimeLeft);
  } catch (const net::KeyError&) {
    refuse(file, "is damaged; remove the file, and the next start makes a new one");
  }
}

}  // namespace

net::Secret loadDashboardKey(const fs::path& stateDirectory, const std::vector<std::string>& hosts,
                             WallTime now) {
  StateSecret file{.what = "the dashboard's key",
                   .path = stateDirectory / kDashboardKeyFile,
                   .bytesMax = kKeysFileBytesMax};
  std::optional<net::Secret> kept = read(file);
  if (kept && isStillGood(file, *kept, hosts, now)) return *std::move(kept);
  net::Secret key = net::makeWebKeyPair(hosts, now);
  write(file, key);
  return key;
}

}  // namespace pi::scheduler
