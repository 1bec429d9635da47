// A scheduler and a worker inside this process, for local runs.  They use the same cores and the
// same RPC calls as the programs do, over a local pipe.
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
  // With 0 threads: one for each CPU that this process may use.  Throws Failure if the kernel fails
  // its self-test or the threads cannot be started.
  EmbeddedCluster(net::KjLoop& loop, std::uint32_t threads);
  ~EmbeddedCluster();
  KJ_DISALLOW_COPY(EmbeddedCluster);

  static std::uint32_t usableCpus();  // By this process.
  std::uint32_t threads() const;
  std::uint64_t samplesPerSecond() const;  // By the kernel's self-test, all threads together.

  // A client's connection to the scheduler.  Throws net::ConnectError.
  net::ClientLink connect(net::KjLoop& loop, std::optional<Instant> deadline);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace pi::client
