// The token of observers, which opens the dashboard: made at a scheduler's first start and kept in
// its state directory.
#pragma once

#include <filesystem>

#include "common/net/secrets/secret.h"

namespace pi::scheduler {

// A file of its own with nothing but the token, so that a monitor can read it as it is (Prometheus:
// credentials_file).

// Reads the token, or makes it if there is none.  Throws net::KeyError with one sentence if the
// file is damaged, belongs to another user, or can be read or replaced by others.
net::Secret loadObserverToken(const std::filesystem::path& stateDirectory);

// Reads the token, and throws net::KeyError also if there is none: it must not be made where no
// scheduler looks for it.
net::Secret existingObserverToken(const std::filesystem::path& stateDirectory);

// Replaces the token.  The scheduler uses the new one from its next start on.  Throws
// net::KeyError.
net::Secret rotateObserverToken(const std::filesystem::path& stateDirectory);

}  // namespace pi::scheduler
