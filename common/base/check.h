// Beliefs about our own code, checked in every build.
#pragma once

namespace pi {

// Stops the process with file and line when `belief` is false.  For bugs, never for bad input.
void check(bool belief, const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace pi
