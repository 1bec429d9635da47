#include "scheduler/service/tickets.h"

#include <doctest/doctest.h>

#include <functional>

namespace pi::scheduler {
namespace {

const std::string kSecret = "0123456789abcdef0123456789abcdef";

Lease someLease() {
  return {.id = LeaseId{7},
          .job = JobId{3},
          .stream = {.seed = 0x0123456789ABCDEF, .sampler = Sampler::kRandom},
          .range = {.begin = 1000, .end = 2000}};
}

}  // namespace

TEST_CASE("a scheduler recognizes its tickets, and so does the next one") {
  Tickets before(kSecret), after(kSecret);
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
  Tickets tickets(kSecret);
  Ticket ticket = tickets.ticketFor(WorkerId{5}, someLease());
  CHECK_FALSE(tickets.isGenuine(WorkerId{6}, someLease(), ticket));

  const std::function<void(Lease&)> changes[] = {
      [](Lease& lease) { lease.id = LeaseId{8}; }, [](Lease& lease) { lease.job = JobId{4}; },
      [](Lease& lease) { lease.stream.seed ^= std::uint64_t{1} << 63; },
      [](Lease& lease) { lease.stream.sampler = Sampler::kSobol; },
      [](Lease& lease) { lease.range.begin -= 1; }, [](Lease& lease) { lease.range.end += 1; },
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
  Tickets tickets(kSecret);
  const Ticket ticket = tickets.ticketFor(WorkerId{5}, someLease());
  for (std::size_t bit = 0; bit < 8 * ticket.size(); ++bit) {
    Ticket forged = ticket;
    forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1 << bit % 8));
    CHECK_FALSE(tickets.isGenuine(WorkerId{5}, someLease(), forged));
  }
  CHECK_FALSE(tickets.isGenuine(WorkerId{5}, someLease(), Ticket{}));
}

TEST_CASE("tickets and identities of another state directory are not valid") {
  Tickets ours(kSecret), theirs(kSecret + "!");
  CHECK_FALSE(ours.isGenuine(WorkerId{5}, someLease(), theirs.ticketFor(WorkerId{5}, someLease())));
  CHECK_FALSE(ours.workerOf(theirs.identityOf(WorkerId{5})));
}

TEST_CASE("a worker's identity leads to it, and a changed one leads to no worker") {
  Tickets tickets(kSecret);
  for (std::uint64_t id :
       {std::uint64_t{1}, std::uint64_t{0x0123456789ABCDEF}, ~std::uint64_t{0}}) {
    std::string identity = tickets.identityOf(WorkerId{id});
    CHECK(identity.size() == 24);
    CHECK(tickets.workerOf(identity) == WorkerId{id});
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

}  // namespace pi::scheduler
