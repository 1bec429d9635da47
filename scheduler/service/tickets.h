// Identities of workers and tickets of leases.  Only the schedulers of one state directory can make
// them, so a restarted scheduler recognizes those of the last one without any record of them. Those
// of a scheduler that is not in the state directory's list are not valid: its state was lost when
// the directory was restored from a copy, and its numbers are given out a second time.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/model/ids.h"
#include "common/model/lease.h"
#include "scheduler/core/changes.h"

namespace pi::scheduler {

// Message authentication codes by SipHash-2-4 with 16-byte tags, a keyed function for short
// messages (Aumasson and Bernstein, INDOCRYPT 2012).  Every lease gets a ticket, and SipHash takes
// half the time of HMAC-SHA256.  The codes prevent two things: a worker, which holds a key already,
// cannot speak for another worker, and it cannot report on samples that were not lent to it.  They
// are not signatures, and nothing else depends on them.  For one thread at a time.
class Tickets {
 public:
  // `secret`: the state directory's random bytes, at least 16.  `incarnations`: of the schedulers
  // whose identities and tickets are valid, by epoch.
  Tickets(std::string_view secret, std::map<std::uint64_t, Incarnation> incarnations);

  // An identity has 24 bytes.  The worker's epoch must be known.  workerOf() returns nothing for an
  // identity that is not ours.
  std::string identityOf(WorkerId worker) const;
  std::optional<WorkerId> workerOf(std::string_view identity) const;

  // The ticket of a lease to this worker, for this program's stream version.  The lease's epoch
  // must be known.  `lease.ticket` is not read.
  Ticket ticketFor(WorkerId worker, const Lease& lease) const;
  bool isGenuine(WorkerId worker, const Lease& lease, const Ticket& ticket) const;

 private:
  static constexpr std::size_t kKeyBytes = 16;
  using Key = std::array<std::uint8_t, kKeyBytes>;
  struct Free {
    void operator()(EVP_MAC_CTX* context) const;
  };

  bool knows(std::uint64_t epoch) const { return incarnations_.contains(epoch); }
  static Key keyFrom(std::string_view secret, std::string_view purpose);
  Ticket codeOf(const Key& key, std::span<const std::uint8_t> message) const;

  std::map<std::uint64_t, Incarnation> incarnations_;
  // One key for each purpose, so that a ticket is never a valid identity.
  Key identityKey_;
  Key ticketKey_;
  std::unique_ptr<EVP_MAC_CTX, Free> context_;  // Reused: making one takes longer than a code.
};

}  // namespace pi::scheduler
