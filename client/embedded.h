// A whole cluster inside this process: the same cores and the same sessions, over a local pipe.
#pragma once

#include <kj/async.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "common/net/loop/kj_loop.h"
#include "common/net/rpc/client_link.h"

namespace pi::client {

class EmbeddedCluster {
 public:
  // With 0 threads: as many as this process may use CPUs.
  EmbeddedCluster(net::KjLoop& loop, std::uint32_t threads);
  ~EmbeddedCluster();
  KJ_DISALLOW_COPY(EmbeddedCluster);

  std::uint32_t threads() const;

  // A client's way in, as into a scheduler elsewhere.
  net::ClientLink enter(net::KjLoop& loop, std::optional<Instant> deadline);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pi::client
