// Tests that need something of their machine, such as a second network.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace pi {

// Whether a test may run that needs `need`; `whyNot` says why this machine does not have it, or is
// nullopt.  If it may not run, it fails; with PI_ALLOW_SKIP=1 in the environment, ctest reports it
// as skipped.
inline bool canRun(const std::string& need, const std::optional<std::string>& whyNot) {
  if (!whyNot) return true;
  const char* allowed = std::getenv("PI_ALLOW_SKIP");
  if (allowed != nullptr && std::string_view(allowed) == "1") {
    MESSAGE("SKIPPED: this test needs " << need << ", but " << *whyNot);
  } else {
    FAIL_CHECK("this test needs " << need << ", but " << *whyNot
                                  << "; set PI_ALLOW_SKIP=1 to skip such tests");
  }
  return false;
}

}  // namespace pi
