// Tests that the store survives: its process is killed at each operation on its files.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "scheduler/store/database.h"
#include "tests/store/faulty_disk.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

#ifdef PI_SANITIZED
constexpr std::uint64_t kStride = 5;  // Sanitizers make fork() slow.
constexpr std::uint64_t kKills = 4;
#else
constexpr std::uint64_t kStride = 1;
constexpr std::uint64_t kKills = 16;
#endif

// Power cuts are repeated, because each can lose other data.
constexpr FaultyDisk::End kEnds[] = {FaultyDisk::End::kBefore, FaultyDisk::End::kTorn,
                                     FaultyDisk::End::kPowerCut, FaultyDisk::End::kPowerCut,
                                     FaultyDisk::End::kPowerCut};
constexpr std::uint64_t kEndsCount = std::size(kEnds);

using Batches = std::vector<Changes>;

Batches batchesFrom(BatchGenerator generator, std::size_t count) {
  Batches batches;
  while (batches.size() < count) batches.push_back(generator.nextBatch());
  return batches;
}

// Creates the store, writes and closes it, then opens and writes it again.
void writeBatches(const std::filesystem::path& path, const Batches& batches, int acknowledgements) {
  auto acknowledge = [acknowledgements](const std::string& what) {
    if (::write(acknowledgements, what.data(), what.size()) < 0) ::_exit(1);
  };
  std::size_t half = batches.size() / 2;
  for (std::size_t begin : {std::size_t{0}, half}) {
    Database database(path);
    database.load(kNow);
    if (begin == 0) acknowledge(database.secret());
    for (std::size_t i = begin; i < (begin == 0 ? half : batches.size()); ++i) {
      database.commit(batches[i], kNow);
      acknowledge("c");
    }
  }
}

struct Outcome {
  bool isKilled = false;
  std::string secret;  // Empty if the store was not loaded.
  std::size_t acknowledged = 0;
};

// Writes the batches in a child process that ends at the given operation.
Outcome writeUntil(std::uint64_t operation, std::uint64_t way, const std::filesystem::path& path,
                   const Batches& batches) {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(pipe[0]);
    FaultyDisk disk;
    disk.endAt(operation, kEnds[way], operation * kEndsCount + way);
    try {
      writeBatches(path, batches, pipe[1]);
    } catch (const std::exception&) {
      ::_exit(2);
    }
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string received;
  char buffer[256];
  for (ssize_t count; (count = ::read(pipe[0], buffer, sizeof buffer)) > 0;) {
    received.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(pipe[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  bool isKilled = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  REQUIRE((isKilled || (WIFEXITED(status) && WEXITSTATUS(status) == 0)));
  Outcome outcome{.isKilled = isKilled, .secret = received.substr(0, 32)};
  outcome.acknowledged = received.size() - outcome.secret.size();
  return outcome;
}

// The state before the first batch, and the state after each batch.
std::vector<Saved> statesOf(const Batches& batches) {
  StoreModel model;
  std::vector<Saved> states = {model.saved()};
  for (const Changes& batch : batches) {
    model.apply(batch);
    states.push_back(model.saved());
  }
  return states;
}

// The store must have the state after some batch, must have lost no acknowledged batch, and must be
// usable.
void requireIntact(const std::filesystem::path& path, const Outcome& outcome,
                   const std::vector<Saved>& states) {
  FaultyDisk disk;
  std::uint64_t epoch = 0;
  {
    Database database(path);
    Saved saved = database.load(kNow);
    auto isEqual = [&saved](const Saved& state) { return isSame(saved, state); };
    auto from = states.begin() + static_cast<std::ptrdiff_t>(outcome.acknowledged);
    REQUIRE(std::find_if(from, states.end(), isEqual) != states.end());
    if (!outcome.secret.empty()) {
      REQUIRE(database.secret() == outcome.secret);
      REQUIRE(saved.epoch >= 1);
    }
    epoch = saved.epoch;
  }
  REQUIRE(Database(path).load(kNow).epoch == epoch + 1);
}

}  // namespace

TEST_CASE("a store whose process is killed at any operation has all acknowledged batches") {
  Batches batches = batchesFrom(BatchGenerator(1), 10);
  std::vector<Saved> states = statesOf(batches);
  StoreFolder folder;
  for (std::uint64_t way = 0; way < kEndsCount; ++way) {
    std::uint64_t operation = 0;
    for (Outcome outcome{.isKilled = true, .secret = ""}; outcome.isKilled; operation += kStride) {
      CAPTURE(way);
      CAPTURE(operation);
      folder.empty();
      outcome = writeUntil(operation, way, folder.file(), batches);
      requireIntact(folder.file(), outcome, states);
    }
    CHECK(operation > 100);
  }
}

TEST_CASE(
    "a store whose process is killed while it writes large batches has all acknowledged batches") {
  Batches batches = batchesFrom(BatchGenerator(2, 8000), 16);
  std::vector<Saved> states = statesOf(batches);
  StoreFolder folder;
  std::mt19937_64 random(3);
  for (std::uint64_t i = 0; i < kKills; ++i) {
    std::uint64_t operation = random() % 12'000;
    CAPTURE(operation);
    folder.empty();
    Outcome outcome = writeUntil(operation, i % kEndsCount, folder.file(), batches);
    REQUIRE(outcome.isKilled);
    requireIntact(folder.file(), outcome, states);
  }
}

}  // namespace pi::scheduler::testing
