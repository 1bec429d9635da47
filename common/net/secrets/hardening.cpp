#include "common/net/secrets/hardening.h"

#include <sys/prctl.h>

namespace pi::net {

void keepMemoryPrivate() {
  ::prctl(PR_SET_DUMPABLE, 0);  // Cannot fail.
}

}  // namespace pi::net
