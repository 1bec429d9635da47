// What a peer may be, and what programs are told to show at a scheduler's door.
#pragma once

#include <optional>
#include <string>

namespace pi {

enum class Role {
  kAnyone,  // Has shown no key: a peer in this process, or of a scheduler that asks for none.
  kScheduler,
  kWorker,
  kClient,
  kOwner,  // May do what a client may, and run commands as the user.
};

// As people write it; "anyone" for kAnyone.
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
    case Role::kAnyone:
      break;
  }
  return "anyone";
}

// A site's own certificates instead of our keys; paths of PEM files.
struct CertificateFiles {
  std::string certificate;  // With what is between it and the authority.
  std::string key;
  std::string authority;  // Whose signature counts.
  bool operator==(const CertificateFiles&) const = default;
};

// Neither of the two: by the keys of the connection file.
struct AccessOptions {
  std::optional<CertificateFiles> certificates;
  bool insecure = false;  // In clear, with no keys at all.
  bool operator==(const AccessOptions&) const = default;
};

}  // namespace pi
