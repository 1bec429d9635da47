// A damaged file never leads to a wrong number.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "scheduler/store/database.h"
#include "scheduler/store/store_error.h"
#include "tests/store/faulty_disk.h"
#include "tests/store/testing.h"

namespace pi::scheduler::testing {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

// Flips some bits, clears a page, or cuts the end off.
std::string damaged(std::string content, std::mt19937_64& random) {
  std::uint64_t kind = random() % 8;
  if (kind == 0) {
    content.resize(random() % content.size());
  } else if (kind == 1) {
    std::size_t page = random() % (content.size() / 4096) * 4096;
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(page), 4096, '\0');
  } else {
    for (std::uint64_t i = 0; i < kind; ++i) {
      char& byte = content[random() % content.size()];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
  }
  return content;
}

struct Counts {
  int loaded = 0;
  int refused = 0;
};

// The store must be refused, or have one of the `states`.
void tryToLoad(const fs::path& path, const std::vector<Saved>& states, Counts& counts) {
  try {
    Saved saved = Database(path).load(kNow);
    ++counts.loaded;
    auto isEqual = [&saved](const Saved& state) { return isSame(saved, state); };
    REQUIRE(std::ranges::any_of(states, isEqual));
  } catch (const StoreError& error) {
    ++counts.refused;
    REQUIRE(std::string(error.what()).find_first_of("\n\r\t") == std::string::npos);
  }
}

}  // namespace

TEST_CASE("a damaged store is loaded correctly or refused") {
  FaultyDisk disk;
  StoreFolder folder;
  StoreModel model;
  {
    Database database(folder.file());
    database.load(kNow);
    BatchGenerator generator(6, 40);
    for (int i = 0; i < 20; ++i) {
      Changes batch = generator.nextBatch();
      database.commit(batch, kNow);
      model.apply(batch);
    }
  }
  std::string content = contentOf(folder.file());
  Counts counts;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    folder.empty();
    write(folder.file(), damaged(content, random));
    tryToLoad(folder.file(), {model.saved()}, counts);
  }
  CHECK(counts.refused > 500);
  CHECK(counts.loaded > 0);  // The damage can hit unused space.
}

TEST_CASE("the batches before the damage of a journal are loaded") {
  FaultyDisk disk;
  StoreFolder folder;
  StoreModel model;
  std::vector<Saved> states = {model.saved()};
  Database database(folder.file());
  database.load(kNow);
  BatchGenerator generator(8, 40);
  for (int i = 0; i < 20; ++i) {
    Changes batch = generator.nextBatch();
    database.commit(batch, kNow);
    model.apply(batch);
    states.push_back(model.saved());
  }
  std::string content = contentOf(folder.file());
  std::string journal = contentOf(folder.file().string() + "-wal");

  StoreFolder copy;
  Counts counts;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    copy.empty();
    write(copy.file(), content);
    write(copy.file().string() + "-wal", damaged(journal, random));
    tryToLoad(copy.file(), states, counts);
  }
  CHECK(counts.loaded == 300);
}

}  // namespace pi::scheduler::testing
