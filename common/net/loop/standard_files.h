// Standard input, output and error of a process.
#pragma once

namespace pi::net {

// Opens /dev/null in place of those that are closed.  Without this, the next file that the process
// opens becomes one of them, and log lines are written into it.  To be called first.  Writing to
// one that was closed stays an error, and so does reading.
void openStandardFiles();

}  // namespace pi::net
