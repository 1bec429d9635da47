// Runs a fuzz target without a fuzzer: replay MUTATIONS CORPUS-DIRECTORY...
//
// Runs it on every file of the directories, and on that many mutations of them, which are the same
// each time.  If the target aborts the process, its input is written to a file first.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/input.h"

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kBytesMax = 16 << 10;
Bytes current;  // The signal handler writes this to a file.

extern "C" void keepInput(int signal) {
  if (std::FILE* file = std::fopen("crash-replay", "wb")) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
  }
  std::fprintf(stderr, "the input that failed is in ./crash-replay (%zu bytes)\n", current.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::vector<Bytes> read(const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(directory)) paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<Bytes> inputs;
  for (const fs::path& path : paths) {
    std::ifstream stream(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class Mutator {
 public:
  explicit Mutator(std::vector<Bytes> corpus) : corpus_(std::move(corpus)) {}

  Bytes next() {
    Bytes bytes = any();
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) edit(bytes);
    bytes.resize(std::min(bytes.size(), kBytesMax));
    return bytes;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  const Bytes& any() { return corpus_[below(corpus_.size())]; }

  void edit(Bytes& bytes) {
    auto at = static_cast<std::ptrdiff_t>(below(bytes.size() + 1));
    auto left = static_cast<std::size_t>(std::ssize(bytes) - at);
    std::size_t kind = below(6);
    if (kind == 0) {
      bytes.insert(bytes.begin() + at, static_cast<std::uint8_t>(below(256)));
    } else if (kind == 1) {
      const Bytes& other = any();
      auto from = static_cast<std::ptrdiff_t>(below(other.size() + 1));
      bytes.resize(static_cast<std::size_t>(at));
      bytes.insert(bytes.end(), other.begin() + from, other.end());
    } else if (left == 0) {
      return;
    } else if (kind == 2) {
      bytes.erase(bytes.begin() + at,
                  bytes.begin() + at + static_cast<std::ptrdiff_t>(1 + below(std::min(left, 8ul))));
    } else if (kind == 3) {
      bytes[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1u << below(8));
    } else {
      constexpr std::uint8_t kTelling[] = {0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF, '0', '-'};
      bytes[static_cast<std::size_t>(at)] =
          kind == 4 ? kTelling[below(std::size(kTelling))] : static_cast<std::uint8_t>(below(256));
    }
  }

  std::mt19937_64 random_{1};
  std::vector<Bytes> corpus_;
};

void run(Bytes input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(current.data(), current.size());
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: %s MUTATIONS CORPUS-DIRECTORY...\n", arguments[0]);
    return 2;
  }
  std::signal(SIGABRT, keepInput);
  std::signal(SIGSEGV, keepInput);
  std::vector<Bytes> corpus;
  for (int i = 2; i < count; ++i) {
    for (Bytes& input : read(arguments[i])) corpus.push_back(std::move(input));
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "there is no input in %s\n", arguments[2]);
    return 2;
  }
  for (const Bytes& input : corpus) run(input);
  unsigned long mutations = std::strtoul(arguments[1], nullptr, 10);
  Mutator mutator(std::move(corpus));
  for (unsigned long i = 0; i < mutations; ++i) run(mutator.next());
  std::printf("%lu mutations\n", mutations);
}
