#include "scheduler/rpc/places.h"

#include <spdlog/spdlog.h>

#include <string>

#include "common/base/check.h"
#include "common/net/loop/clock.h"

namespace pi::scheduler {

bool Places::isFullFor(Role role) const {
  if (role == Role::kOwner) return false;  // The listener accepts no more than there are.
  auto found = taken_.find(role);
  std::size_t taken = found == taken_.end() ? 0 : found->second;
  std::size_t max = role == Role::kWorker ? limits_.workers : limits_.clients;
  return taken >= max || takenInAll_ + limits_.keptForOwner >= limits_.all;
}

std::optional<Refusal> Places::take(Role role) {
  if (!isFullFor(role)) {
    ++taken_[role];
    ++takenInAll_;
    return std::nullopt;
  }
  if (lines_.allows(net::now())) {
    spdlog::warn("refused a {}: all {} connections that may be used are in use{}", name(role),
                 takenInAll_, lines_.takeNote());
  }
  return Refusal{
      .code = RefusalCode::kLimitReached,
      .sentence = "the scheduler is full: all its connections are in use; try again later"};
}

void Places::giveBack(Role role) {
  PI_CHECK(taken_[role] > 0);
  --taken_[role];
  --takenInAll_;
}

}  // namespace pi::scheduler
