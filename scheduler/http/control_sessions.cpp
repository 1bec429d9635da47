#include "scheduler/http/control_sessions.h"

#include "common/net/secrets/mac.h"
#include "common/net/secrets/random.h"
#include "scheduler/http/limits.h"

namespace pi::scheduler::http {
namespace {

constexpr std::size_t kRandomBytes = 32;

}  // namespace

std::string ControlSessions::makeCode(Instant now) {
  return add(codes_, kControlCodesMax, now + kControlCodeLife);
}

std::optional<std::string> ControlSessions::exchange(std::string_view code, Instant now) {
  auto found = find(codes_, code, now);
  if (found == codes_.end()) return std::nullopt;
  codes_.erase(found);
  return open(now);
}

std::string ControlSessions::open(Instant now) {
  return add(sessions_, kControlSessionsMax, now + kControlSessionLife);
}

bool ControlSessions::isOpen(std::string_view session, Instant now) const {
  return find(sessions_, session, now) != sessions_.end();
}

std::string ControlSessions::add(Tickets& tickets, std::size_t max, Instant endsAt) {
  if (tickets.size() >= max) tickets.pop_front();
  std::string text = net::hexText(net::randomBytes(kRandomBytes));
  tickets.push_back({.text = net::Secret(text), .endsAt = endsAt});
  return text;
}

// Looks at all of them, so that the time tells nothing.
ControlSessions::Tickets::const_iterator ControlSessions::find(const Tickets& tickets,
                                                               std::string_view text, Instant now) {
  auto found = tickets.end();
  for (auto ticket = tickets.begin(); ticket != tickets.end(); ++ticket) {
    bool isIt = net::areEqualSecrets(ticket->text.reveal(), text) && now < ticket->endsAt;
    if (isIt) found = ticket;
  }
  return found;
}

}  // namespace pi::scheduler::http
