// How late the scheduler's loop is: the time from when a timer was due until it was served.
#pragma once

#include <kj/async.h>

#include <array>

#include "common/base/histogram.h"
#include "common/net/loop/kj_loop.h"

namespace pi::scheduler::http {

class LoopLag {
 public:
  explicit LoopLag(net::KjLoop& loop);
  KJ_DISALLOW_COPY(LoopLag);

  // All measurements, some each second.
  const Histogram& histogram() const { return histogram_; }
  // The worst of the last ten seconds or so.
  Duration recent() const;

 private:
  kj::Promise<void> measure();

  net::KjLoop& loop_;
  Histogram histogram_;
  std::array<Duration, 40> last_{};  // A ring.
  std::size_t next_ = 0;
  kj::Promise<void> measuring_;
};

}  // namespace pi::scheduler::http
