// KJ's own log lines, in the program's log.
#pragma once

#include <kj/exception.h>

namespace pi::net {

// While it lives, what KJ and capnp log on this thread goes to spdlog, one line each.  It must be
// on the stack.
class KjLog final : public kj::ExceptionCallback {
 public:
  void logMessage(kj::LogSeverity severity, const char* file, int line, int contextDepth,
                  kj::String&& text) override;
};

}  // namespace pi::net
