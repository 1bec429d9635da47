#include "scheduler/core/ledger.h"

#include <doctest/doctest.h>

namespace pi::scheduler {
namespace {

constexpr WorkerId kAnn{1}, kBob{2}, kCid{3};
constexpr LeaseId kFirst{1}, kSecond{2}, kThird{3};

LeaseSize samples(std::uint64_t count) {
  return {.samples = count, .chunkSize = 1, .blockSamples = 1};
}

// The ledger of a job that needs so many samples.
Ledger ledgerOf(std::uint64_t samples) {
  return Ledger({.samples = samples, .chunkSize = 1}, samples);
}

Tally tally(std::uint64_t begin, std::uint64_t end) {
  return {.range = {.begin = begin, .end = end}, .hits = {.strata = {end - begin}}};
}

TEST_CASE("a worker's leases adjoin, also if another worker is lent to in between") {
  Ledger ledger = ledgerOf(1000);
  SampleRange first = *ledger.lend(kFirst, kAnn, samples(100));
  ledger.lend(kSecond, kBob, samples(100));
  SampleRange next = *ledger.lend(kThird, kAnn, samples(100));

  CHECK(next.begin == first.end);
  ledger.checkInvariants();
}

TEST_CASE("the number of fragments grows with workers, not with leases") {
  Ledger ledger = ledgerOf(100'000);
  std::uint64_t leases = 0;
  while (ledger.openSamples() > 50'000) {
    for (WorkerId worker : {kAnn, kBob, kCid}) {
      LeaseId lease{++leases};
      SampleRange range = *ledger.lend(lease, worker, samples(100));
      ledger.count(lease, worker, tally(range.begin, range.end));
    }
  }

  CHECK(leases > 400);
  CHECK(ledger.counted().count() <= 6);
  ledger.checkInvariants();
}

TEST_CASE("a lease shrinks as it is counted, and ends with its last sample") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));
  ledger.count(kFirst, kAnn, tally(0, 40));
  CHECK(ledger.find(kFirst)->rest == SampleRange{.begin = 40, .end = 100});
  CHECK(ledger.progress().samples() == 40);

  ledger.count(kFirst, kAnn, tally(40, 100));
  CHECK(ledger.find(kFirst) == nullptr);
  CHECK(ledger.progress().samples() == 100);
}

TEST_CASE("a tally with one sample that is counted already is dropped whole") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));
  ledger.count(kFirst, kAnn, tally(0, 50));

  CHECK_FALSE(ledger.count(kFirst, kAnn, tally(49, 60)).counted);

  CHECK(ledger.progress().samples() == 50);
  ledger.checkInvariants();
}

TEST_CASE("a late answer counts if no other answer has counted") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(30));
  ledger.giveBackFrom(kFirst, 0);
  CHECK(ledger.openSamples() == 100);

  CHECK(ledger.count(kFirst, kAnn, tally(0, 30)).counted);

  CHECK(ledger.openSamples() == 70);
  ledger.checkInvariants();
}

TEST_CASE("a late answer revokes the lease that its samples were lent under since") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(30));
  ledger.giveBackFrom(kFirst, 0);
  ledger.releaseArena(kAnn);
  REQUIRE(*ledger.lend(kSecond, kBob, samples(30)) == SampleRange{.begin = 0, .end = 30});

  Ledger::Receipt receipt = ledger.count(kFirst, kAnn, tally(0, 20));

  CHECK(receipt.counted);
  REQUIRE(receipt.revoked.size() == 1);
  CHECK(receipt.revoked[0].lease == kSecond);
  CHECK(receipt.revoked[0].worker == kBob);
  CHECK(ledger.openSamples() == 80);
  ledger.checkInvariants();
}

TEST_CASE("a sample is under at most two leases") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));
  CHECK(*ledger.lendAgain(kSecond, kBob, samples(60), kFirst) ==
        SampleRange{.begin = 0, .end = 60});
  CHECK(*ledger.lendAgain(kThird, kCid, samples(60), kFirst) ==
        SampleRange{.begin = 60, .end = 100});

  CHECK_FALSE(ledger.lendAgain(LeaseId{4}, kCid, samples(60), kFirst));
  ledger.checkInvariants();
}

TEST_CASE("a worker is not lent its own samples a second time") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));

  CHECK_FALSE(ledger.lendAgain(kSecond, kAnn, samples(100), kFirst));
}

TEST_CASE("the first whole tally of two leases on a sample counts, and revokes the other lease") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));
  ledger.lendAgain(kSecond, kBob, samples(60), kFirst);

  Ledger::Receipt receipt = ledger.count(kSecond, kBob, tally(0, 60));

  CHECK(receipt.counted);
  REQUIRE(receipt.revoked.size() == 1);
  CHECK(receipt.revoked[0].lease == kFirst);
  CHECK(ledger.openSamples() == 40);
  CHECK_FALSE(ledger.count(kFirst, kAnn, tally(0, 100)).counted);
  ledger.checkInvariants();
}

TEST_CASE("samples that two leases share stay with one lease when the other ends") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));
  ledger.lendAgain(kSecond, kBob, samples(60), kFirst);

  ledger.giveBackFrom(kFirst, 0);

  CHECK(ledger.openSamples() == 40);
  CHECK(ledger.find(kSecond)->rest == SampleRange{.begin = 0, .end = 60});
  CHECK(ledger.rivals(kSecond).empty());
  ledger.checkInvariants();
}

TEST_CASE("a truncated lease keeps its front and opens its tail") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));
  ledger.giveBackFrom(kFirst, 30);
  CHECK(ledger.openSamples() == 70);

  ledger.giveBackFrom(kFirst, 50);
  CHECK(ledger.find(kFirst)->rest == SampleRange{.begin = 0, .end = 30});

  ledger.giveBackFrom(kFirst, 0);
  CHECK(ledger.find(kFirst) == nullptr);
  ledger.checkInvariants();
}

TEST_CASE("a tally from the middle of its own lease counts and ends the lease") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));

  Ledger::Receipt receipt = ledger.count(kFirst, kAnn, tally(40, 60));

  CHECK(receipt.counted);
  CHECK(ledger.find(kFirst) == nullptr);
  CHECK(ledger.openSamples() == 80);
  ledger.checkInvariants();
}

TEST_CASE("an extended job has more open samples, and the counted ones stay") {
  Ledger ledger = ledgerOf(100);
  ledger.lend(kFirst, kAnn, samples(100));
  ledger.count(kFirst, kAnn, tally(0, 100));
  REQUIRE(ledger.openSamples() == 0);

  ledger.extend(250);

  CHECK(ledger.openSamples() == 150);
  CHECK(*ledger.lend(kSecond, kAnn, samples(1000)) == SampleRange{.begin = 100, .end = 250});
  CHECK(ledger.progress().samples() == 100);
  ledger.checkInvariants();
}

}  // namespace
}  // namespace pi::scheduler
