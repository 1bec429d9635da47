// Everything that there is at the HTTP door: answers a request that was granted.
#pragma once

#include <kj/async.h>

#include <string>

#include "scheduler/http/access.h"
#include "scheduler/http/answer.h"
#include "scheduler/http/live_visit.h"

namespace pi::scheduler::http {

class Site {
 public:
  // The peer waits until the promise has resolved; a change is saved then.
  virtual kj::Promise<Answer> answer(const Judgement& request, const std::string& body) = 0;
  // Serves a viewer of the live view; resolves when its connection ends.
  virtual kj::Promise<void> show(LiveVisit visit) = 0;

 protected:
  ~Site() = default;
};

}  // namespace pi::scheduler::http
