// For calls whose failure needs no answer, because the end of their connection tells the same.
#pragma once

#include <kj/async.h>

namespace pi::scheduler {

class IgnoreFailures final : public kj::TaskSet::ErrorHandler {
  void taskFailed(kj::Exception&&) override {}
};

}  // namespace pi::scheduler
