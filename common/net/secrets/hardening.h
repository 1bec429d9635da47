// What a process does to keep its secrets.
#pragma once

namespace pi::net {

// Keeps this process's memory, with the keys in it, out of core dumps and from this user's other
// processes.
void keepMemoryPrivate();

}  // namespace pi::net
