#include "common/net/transport/handshake_queue.h"

#include <utility>

namespace pi::net {

void HandshakeQueue::continueLater(Number handshake, Turn turn) {
  handshakes_.insert_or_assign(handshake, std::move(turn));
  schedule();
}

void HandshakeQueue::acceptLater(Turn turn) {
  accepts_.push_back(std::move(turn));
  schedule();
}

void HandshakeQueue::clear() {
  handshakes_.clear();
  accepts_.clear();
}

void HandshakeQueue::schedule() {
  if (!std::exchange(isScheduled_, true)) loop_.inBackground(shared_from_this());
}

bool HandshakeQueue::doPiece() {
  if (Turn turn = takeNext()) turn();
  isScheduled_ = !handshakes_.empty() || !accepts_.empty();
  return isScheduled_;
}

HandshakeQueue::Turn HandshakeQueue::takeNext() {
  bool isAccept = !accepts_.empty() && (isAcceptNext_ || handshakes_.empty());
  isAcceptNext_ = !isAccept;
  if (isAccept) {
    Turn turn = std::move(accepts_.front());
    accepts_.pop_front();
    return turn;
  }
  if (handshakes_.empty()) return nullptr;
  return std::move(handshakes_.extract(handshakes_.begin()).mapped());
}

}  // namespace pi::net
