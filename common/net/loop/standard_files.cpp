#include "common/net/loop/standard_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace pi::net {

void openStandardFiles() {
  for (int file : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(file, F_GETFD) >= 0) continue;
    // It gets the lowest number that is free, which is this one.
    if (::open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY) != file) return;
  }
}

}  // namespace pi::net
