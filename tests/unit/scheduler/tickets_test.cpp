#include "scheduler/service/tickets.h"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

#include "common/model/epoch.h"

namespace pi::scheduler {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef";
using Incarnations = std::map<std::uint64_t, Incarnation>;
const Incarnations kOurs{{0, {1}}, {7, {2}}};

Lease someLease() {
  return {.id = LeaseId{7},
          .job = JobId{3},
          .stream = {.seed = 0x0123456789ABCDEF, .sampler = Sampler::kRandom},
          .range = {.begin = 1000, .end = 2000}};
}

}  // namespace

TEST_CASE("a scheduler recognizes its tickets, and so does the next one") {
  Tickets before(kSecret, kOurs), after(kSecret, kOurs);
  Lease lease = someLease();
  Ticket ticket = before.ticketFor(WorkerId{5}, lease);
  for (int i = 0; i < 3; ++i) {
    CHECK(before.isGenuine(WorkerId{5}, lease, ticket));
    CHECK(after.isGenuine(WorkerId{5}, lease, ticket));
  }
  lease.ticket = ticket;  // The ticket does not depend on the ticket in the lease.
  CHECK(after.isGenuine(WorkerId{5}, lease, ticket));
}

TEST_CASE("a ticket is valid for one worker and one lease, and depends on every field") {
  Tickets tickets(kSecret, kOurs);
  Ticket ticket = tickets.ticketFor(WorkerId{5}, someLease());
  CHECK_FALSE(tickets.isGenuine(WorkerId{6}, someLease(), ticket));

  const std::function<void(Lease&)> changes[] = {
      [](Lease& lease) { lease.id = LeaseId{8}; }, [](Lease& lease) { lease.job = JobId{4}; },
      [](Lease& lease) { lease.stream.seed ^= std::uint64_t{1} << 63; },
      [](Lease& lease) { lease.stream.sampler = Sampler::kSobol; },
      [](Lease& lease) { lease.range.begin -= 1; }, [](Lease& lease) { lease.range.end += 1; },
      [](Lease& lease) { lease.threads = 1; },
      // Two fields that exchange their values.
      [](Lease& lease) {
        lease = {LeaseId{3}, JobId{7}, lease.stream, lease.range};
      }};
  for (const auto& change : changes) {
    Lease lease = someLease();
    change(lease);
    CHECK_FALSE(tickets.isGenuine(WorkerId{5}, lease, ticket));
  }
}

TEST_CASE("a ticket with one changed bit is not valid") {
  Tickets tickets(kSecret, kOurs);
  const Ticket ticket = tickets.ticketFor(WorkerId{5}, someLease());
  for (std::size_t bit = 0; bit < 8 * ticket.size(); ++bit) {
    Ticket forged = ticket;
    forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1 << bit % 8));
    CHECK_FALSE(tickets.isGenuine(WorkerId{5}, someLease(), forged));
  }
  CHECK_FALSE(tickets.isGenuine(WorkerId{5}, someLease(), Ticket{}));
}

TEST_CASE("tickets and identities of another state directory are not valid") {
  Tickets ours(kSecret, kOurs), theirs(kSecret + "!", kOurs);
  CHECK_FALSE(ours.isGenuine(WorkerId{5}, someLease(), theirs.ticketFor(WorkerId{5}, someLease())));
  CHECK_FALSE(ours.workerOf(theirs.identityOf(WorkerId{5})));
}

TEST_CASE("a worker's identity leads to it, and a changed one leads to no worker") {
  Tickets tickets(kSecret, kOurs);
  for (WorkerId id : {WorkerId{1}, workerIdOf(7, 0), workerIdOf(7, 999'999'999)}) {
    std::string identity = tickets.identityOf(id);
    CHECK(identity.size() == 24);
    CHECK(tickets.workerOf(identity) == id);
    for (std::size_t bit = 0; bit < 8 * identity.size(); ++bit) {
      std::string forged = identity;
      forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << bit % 8));
      CHECK_FALSE(tickets.workerOf(forged));
    }
    CHECK_FALSE(tickets.workerOf(identity.substr(1)));
    CHECK_FALSE(tickets.workerOf(identity + " "));
  }
  CHECK_FALSE(tickets.workerOf(""));
}

TEST_CASE("codes of a scheduler are valid for the next ones, and not after a restored copy") {
  WorkerId worker = workerIdOf(7, 1);
  Lease lease = someLease();
  lease.id = leaseIdOf(7, 1);
  Tickets given(kSecret, kOurs);
  std::string identity = given.identityOf(worker);
  Ticket ticket = given.ticketFor(worker, lease);

  Tickets next(kSecret, {{0, {1}}, {7, {2}}, {8, {3}}});
  CHECK(next.workerOf(identity) == worker);
  CHECK(next.isGenuine(worker, lease, ticket));

  // The epoch is used a second time, by a scheduler of the copy; or it is not reached yet.
  for (const Incarnations& restored : {Incarnations{{0, {1}}, {7, {4}}}, Incarnations{{0, {1}}}}) {
    Tickets other(kSecret, restored);
    CHECK(other.workerOf(identity) == std::nullopt);
    CHECK_FALSE(other.isGenuine(worker, lease, ticket));
  }
}

}  // namespace pi::scheduler
