#include "common/cli/suggestion.h"

#include <algorithm>
#include <cstddef>

namespace pi::cli {
namespace {

// A longer word is no typing error, and would take long to compare.
constexpr std::size_t kWordMax = 40;

// The number of letters to insert, delete, replace or swap with their neighbour, each letter at
// most once: the optimal string alignment distance (Damerau, 1964).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      bool isSwapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (isSwapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last.back();
}

}  // namespace

std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.empty() || word.size() > kWordMax) return {};
  std::string_view best;
  std::size_t bestDistance = 0;
  for (std::string_view candidate : candidates) {
    if (candidate.empty()) continue;
    // A third of the letters may be wrong, and one in any case.  The beginning of a longer word is
    // one error.
    bool begins = word.size() >= 3 && candidate.starts_with(word);
    std::size_t errors = begins ? 1 : distance(word, candidate);
    std::size_t errorsMax = std::max<std::size_t>(1, std::min(word.size(), candidate.size()) / 3);
    if (errors > errorsMax || (!best.empty() && errors >= bestDistance)) continue;
    best = candidate;
    bestDistance = errors;
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates,
                       std::string_view mark, std::string_view otherwise) {
  std::string_view found = closest(word, candidates);
  if (found.empty()) return std::string(otherwise);
  return "; did you mean " + std::string(mark) + std::string(found) + "?";
}

}  // namespace pi::cli
