// Who may change something by HTTP: one-time codes, and the sessions that they open.  They live in
// memory, so they end with the scheduler.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/net/secrets/secret.h"

namespace pi::scheduler::http {

// The law: at most kControlCodesMax codes and kControlSessionsMax sessions, each until its end; at
// the limit the oldest one ends earlier.
class ControlSessions {
 public:
  // A code for a link.  It opens one session, within kControlCodeLife.
  std::string makeCode(Instant now);
  // Takes the code and opens its session.  Nullopt if the code is not valid (any longer).
  std::optional<std::string> exchange(std::string_view code, Instant now);
  // Opens a session for a program, for kControlSessionLife.
  std::string open(Instant now);
  bool isOpen(std::string_view session, Instant now) const;

 private:
  struct Ticket {
    net::Secret text;
    Instant endsAt;
  };
  using Tickets = std::deque<Ticket>;

  static std::string add(Tickets& tickets, std::size_t max, Instant endsAt);
  static Tickets::const_iterator find(const Tickets& tickets, std::string_view text, Instant now);

  Tickets codes_;
  Tickets sessions_;
};

}  // namespace pi::scheduler::http
