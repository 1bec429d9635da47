// The order in which a listener works on handshakes, in the background of the loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "common/net/loop/background.h"
#include "common/net/loop/kj_loop.h"

namespace pi::net {

// Anybody can start handshakes, and each costs more than a call.  So they run in the background.
// Accepting a connection and continuing a handshake alternate: neither the peers in a handshake
// nor the peers that wait for one can keep the others out.  Among handshakes that can
// continue, the one that arrived first is next.
class HandshakeQueue final : public BackgroundWork,
                             public std::enable_shared_from_this<HandshakeQueue> {
 public:
  using Turn = std::function<void()>;
  using Number = std::uint64_t;  // Handshakes in the order of their arrival.

  explicit HandshakeQueue(KjLoop& loop) : loop_(loop) {}

  Number arrive() { return ++lastArrived_; }
  // Calls `turn` once when it is the turn of this handshake.
  void continueLater(Number handshake, Turn turn);
  // True if this handshake waits for its turn, so that its peer is not to blame for its slowness.
  bool isWaiting(Number handshake) const { return handshakes_.contains(handshake); }
  // Calls `turn` once when a connection may be accepted.
  void acceptLater(Turn turn);
  // Forgets all turns.
  void clear();

  bool doPiece() override;

 private:
  void schedule();
  Turn takeNext();

  KjLoop& loop_;
  Number lastArrived_ = 0;
  std::map<Number, Turn> handshakes_;
  std::deque<Turn> accepts_;
  bool isAcceptNext_ = true;
  bool isScheduled_ = false;
};

}  // namespace pi::net
