// When each batch system is asked for its list.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "scheduler/allocation/core/settings.h"

namespace pi::allocation {

// The law: listings of one batch system begin at least a list period apart, and one is under way at
// a time.
class Lister {
 public:
  explicit Lister(const Settings& settings) : settings_(settings) {}

  // Something has happened there: the next listing is to be soon.
  void hurry(const std::string& system);

  // The batch systems to list now.  `systems`: all; `occupied`: those that have allocations.
  std::vector<std::string> begin(const std::set<std::string>& systems,
                                 const std::set<std::string>& occupied, Instant now);

  // When the listing that is under way began.
  Instant lastBegun(const std::string& system) { return clockOf(system).begunAt.value(); }
  // The answer has come.
  void noteListed(const std::string& system, bool hasNews);
  void noteFailed(const std::string& system, const std::string& sentence);
  // How many listings in a row have failed.
  std::uint32_t failures(const std::string& system) const;
  // Why the last listing failed; empty if it did not.
  std::string lastFailure(const std::string& system) const;

 private:
  struct Clock {
    std::optional<Instant> begunAt{};  // The last one.
    bool isUnderway = false;
    Duration period{};
    std::uint32_t failures = 0;
    std::string lastFailure{};
  };
  Clock& clockOf(const std::string& system);

  const Settings& settings_;
  std::map<std::string, Clock> clocks_;
};

}  // namespace pi::allocation
