// Protects the secrets in this process's memory.
#pragma once

namespace pi::net {

// Prevents core dumps of this process, and other processes of the same user from reading its
// memory.
void keepMemoryPrivate();

}  // namespace pi::net
