#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pi {

void check(bool belief, const char* file, int line) {
  if (belief) return;
  std::fprintf(stderr, "%s:%d: a belief about our own code is false; please report this bug\n",
               file, line);
  std::abort();
}

}  // namespace pi
