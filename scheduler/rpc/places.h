// The places of peers without keys: the listener cannot tell workers from clients, so they are
// counted when they say what they are.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "common/base/rate_limit.h"
#include "common/model/access.h"
#include "common/model/refusal.h"
#include "common/net/transport/limits.h"
#include "scheduler/limits.h"

namespace pi::scheduler {

class Places {
 public:
  // As those of net::ListenOptions.  The owner may use all places, and workers and clients all but
  // the last `keptForOwner`.
  struct Limits {
    std::size_t all = net::kConnectionsMax;
    std::size_t workers = net::kWorkerConnectionsMax;
    std::size_t clients = net::kClientConnectionsMax;
    std::size_t keptForOwner = kKeylessConnectionsKept;
  };

  void setLimits(const Limits& limits) { limits_ = limits; }

  // Takes a place for the peer, or tells it that it must come back later, and logs that.
  std::optional<Refusal> take(Role role);
  void giveBack(Role role);

 private:
  bool isFullFor(Role role) const;

  Limits limits_;
  std::map<Role, std::size_t> taken_;
  std::size_t takenInAll_ = 0;
  RateLimit lines_{net::kFullLinesPerSecond};
};

}  // namespace pi::scheduler
