// The roles of peers, and how a program proves its role to a scheduler.
#pragma once

#include <optional>
#include <string>

namespace pi {

enum class Role {
  kAnyone,  // Without a key: in the same process, or the scheduler needs no keys.
  kScheduler,
  kWorker,
  kClient,
  kOwner,     // May do what a client may, and also run commands as the user.
  kObserver,  // Reads the dashboard by HTTP, with a token; has no key for RPC.
};

// As it is written in options and messages.
inline const char* name(Role role) {
  switch (role) {
    case Role::kScheduler:
      return "scheduler";
    case Role::kWorker:
      return "worker";
    case Role::kClient:
      return "client";
    case Role::kOwner:
      return "owner";
    case Role::kObserver:
      return "observer";
    case Role::kAnyone:
      return "anyone";
  }
  return "";
}

// Certificates of a site's own CA, used instead of the keys in the connection file.  Paths of PEM
// files.
struct CertificateFiles {
  std::string certificate;  // With its intermediate certificates.
  std::string key;
  std::string authority;  // The trusted CA certificates.
  bool operator==(const CertificateFiles&) const = default;
};

// With neither of the two, a program uses the keys of the connection file.
struct AccessOptions {
  std::optional<CertificateFiles> certificates;
  bool insecure = false;  // Without encryption and without keys.
  bool operator==(const AccessOptions&) const = default;
};

}  // namespace pi
