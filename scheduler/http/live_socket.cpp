#include "scheduler/http/live_socket.h"

#include <kj/debug.h>

#include <utility>

#include "common/net/loop/clock.h"
#include "common/net/transport/connect_error.h"
#include "scheduler/http/limits.h"
#include "scheduler/live/follow.h"

namespace pi::scheduler::http {

LiveSocket::LiveSocket(net::KjLoop& loop, LiveVisit visit)
    : loop_(loop), visit_(kj::mv(visit)), sentAt_(net::now()) {}

kj::Promise<void> LiveSocket::run() {
  return receive()
      .exclusiveJoin(kj::mv(ended_.promise))
      .then([this](SocketEnd&& end) { return close(end); })
      .catch_([](kj::Exception&&) {})  // The connection is lost.
      .then([this] {
        // kj-http wants the WebSocket to be gone at the end of the request.
        isOver_ = true;
        sending_ = kj::READY_NOW;
        visit_.socket = nullptr;
      });
}

kj::Promise<SocketEnd> LiveSocket::receive() {
  return kj::evalNow([this] { return visit_.socket->receive(kLiveMessageBytesMax + 1); })
      .then([this](kj::WebSocket::Message&& message) { return take(kj::mv(message)); },
            [this](kj::Exception&& failure) { return endFor(kj::mv(failure)); });
}

kj::Promise<SocketEnd> LiveSocket::take(kj::WebSocket::Message&& message) {
  if (message.is<kj::WebSocket::Close>()) {
    return SocketEnd{message.get<kj::WebSocket::Close>().code, ""};
  }
  if (!message.is<kj::String>()) return SocketEnd{kWrongType, "this is not text; send JSON"};
  const auto& text = message.get<kj::String>();
  auto wish = live::parseFollow(std::string_view(text.begin(), text.size()));
  if (!wish.value) return SocketEnd{kWrongMessage, wish.error};
  viewer_.follow(*wish.value);
  return receive();
}

kj::Promise<SocketEnd> LiveSocket::endFor(kj::Exception&& failure) const {
  if (visit_.stream.wrongFrame()) return *visit_.stream.wrongFrame();
  if (net::isLost(failure)) return kj::mv(failure);
  return SocketEnd{kWrongFrame, "this is not a message of a WebSocket; use RFC 6455"};
}

kj::Promise<void> LiveSocket::close(const SocketEnd& end) {
  isOver_ = true;
  auto sent = std::exchange(sending_, kj::Promise<void>(kj::READY_NOW));
  return sent
      .then([this, code = end.code, reason = kj::heapString(end.sentence.c_str())]() mutable {
        auto closed = visit_.socket->close(code, reason);
        return closed.attach(kj::mv(reason));
      })
      .exclusiveJoin(loop_.timer().afterDelay(net::toKj(kLiveEndTimeout)));
}

void LiveSocket::offer(kj::FunctionParam<std::string(live::Viewer&, bool)> write, Instant now) {
  if (isOver_) return;
  if (!visit_.mayLook()) {
    isOver_ = true;
    ended_.fulfiller->fulfill(
        SocketEnd{kAccessOver, "your cookie has expired; get a link with 'pi-client dashboard'"});
    return;
  }
  bool isTaken = !isSending_ && visit_.connection->isTaken();
  if (!isTaken) {
    if (now - sentAt_ <= visit_.frameTimeout) return;
    isOver_ = true;
    visit_.connection->fail(KJ_EXCEPTION(DISCONNECTED, "the viewer takes no frames"));
    return;
  }
  frame_ = write(viewer_, visit_.mayControl());
  sentAt_ = now;
  isSending_ = true;
  auto send = [this] { return visit_.socket->send(kj::arrayPtr(frame_.data(), frame_.size())); };
  sending_ = kj::evalNow(send)
                 .catch_([this](kj::Exception&&) { isOver_ = true; })  // Reading fails, too.
                 .then([this] { isSending_ = false; })
                 .eagerlyEvaluate(nullptr);
}

}  // namespace pi::scheduler::http
