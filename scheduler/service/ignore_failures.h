// For calls whose failure needs no reaction, because the end of their connection gets one.
#pragma once

#include <kj/async.h>

namespace pi::scheduler {

class IgnoreFailures final : public kj::TaskSet::ErrorHandler {
  void taskFailed(kj::Exception&&) override {}
};

}  // namespace pi::scheduler
