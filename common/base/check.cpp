#include "common/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pi::checking {

void fail(const Place& place, const std::string& values) {
  std::fprintf(stderr, "%s:%d: bug: PI_CHECK(%s) failed%s%s; please report this\n", place.file,
               place.line, place.expression, values.empty() ? "" : ": ", values.c_str());
  std::abort();
}

}  // namespace pi::checking
