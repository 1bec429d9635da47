// Names for workers and tickets for leases that only this state directory's schedulers can make, so
// that one which was started again knows what its predecessor gave out without having written it.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/model/ids.h"
#include "common/model/lease.h"

namespace pi::scheduler {

// Message authentication codes by SipHash-2-4 with 16-byte tags, a keyed function made for short
// messages (Aumasson and Bernstein, INDOCRYPT 2012); a ticket is made for every lease, and it takes
// half the time of HMAC-SHA256.  What they keep a worker from, which holds a key to get in at all,
// is to speak for another worker and to report on samples that nobody lent to it; they are no
// signatures, and nothing else rests on them.  One thread at a time.
class Tickets {
 public:
  // The secret of the state directory: random bytes, 16 at the least.
  explicit Tickets(std::string_view secret);

  // 24 bytes that name the worker, and nothing if they are not ours.
  std::string identityOf(WorkerId worker) const;
  std::optional<WorkerId> workerOf(std::string_view identity) const;

  // For the lease as it is, to this worker, of this stream version.  `lease.ticket` is not read.
  Ticket ticketFor(WorkerId worker, const Lease& lease) const;
  bool isGenuine(WorkerId worker, const Lease& lease, const Ticket& ticket) const;

 private:
  static constexpr std::size_t kKeyBytes = 16;
  using Key = std::array<std::uint8_t, kKeyBytes>;
  struct Free {
    void operator()(EVP_MAC_CTX* context) const;
  };

  static Key keyFrom(std::string_view secret, std::string_view purpose);
  Ticket codeOf(const Key& key, std::span<const std::uint8_t> message) const;

  // A key for each purpose, so that no code for the one is one for the other.
  Key identityKey_;
  Key ticketKey_;
  std::unique_ptr<EVP_MAC_CTX, Free> context_;  // Reused: to make one takes longer than the code.
};

}  // namespace pi::scheduler
