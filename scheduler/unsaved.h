// The message about changes that a scheduler could not save at its end.
#pragma once

namespace pi::scheduler {

// Followed by the reason.
inline constexpr const char* kUnsavedText =
    "its last changes could not be saved, and are lost unless workers report them again: ";

}  // namespace pi::scheduler
