// The WebSocket of one viewer of the live view.
#pragma once

#include <kj/async.h>
#include <kj/function.h>

#include <string>

#include "common/base/clock.h"
#include "common/net/loop/kj_loop.h"
#include "scheduler/http/live_visit.h"
#include "scheduler/live/viewer.h"

namespace pi::scheduler::http {

// A frame is sent when the viewer has taken the one before.  A viewer that takes too long loses its
// connection, and so does one whose right to look is over.
class LiveSocket {
 public:
  LiveSocket(net::KjLoop& loop, LiveVisit visit);
  KJ_DISALLOW_COPY(LiveSocket);

  // Takes the viewer's messages until its connection ends.
  kj::Promise<void> run();

  // Sends the frame that `write` makes, if the viewer can take one.
  void offer(kj::FunctionParam<std::string(live::Viewer&, bool mayControl)> write, Instant now);

  const live::Viewer& viewer() const { return viewer_; }

 private:
  kj::Promise<SocketEnd> receive();
  kj::Promise<SocketEnd> take(kj::WebSocket::Message&& message);
  kj::Promise<SocketEnd> endFor(kj::Exception&& failure) const;
  kj::Promise<void> close(const SocketEnd& end);

  net::KjLoop& loop_;
  LiveVisit visit_;
  live::Viewer viewer_;
  bool isOver_ = false;     // No frame is sent any longer.
  bool isSending_ = false;  // A frame is not in the connection's buffer yet.
  Instant sentAt_;          // The last frame; before the first one, when the visit began.
  std::string frame_;
  kj::Promise<void> sending_ = kj::READY_NOW;
  kj::PromiseFulfillerPair<SocketEnd> ended_ = kj::newPromiseAndFulfiller<SocketEnd>();
};

}  // namespace pi::scheduler::http
