// The file with the scheduler's keys: any text, and a changed copy of a valid one.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/net/tls/keys.h"
#include "scheduler/keys.h"
#include "tests/fuzz/edits.h"
#include "tests/fuzz/input.h"

using namespace pi;

namespace {

std::string genuineText() {
  nlohmann::json document = {{"version", 2},
                             {"scheduler", net::makeKeyPair("pi-scheduler").reveal()},
                             {"worker", net::makeKeyPair("pi-worker").reveal()},
                             {"client", net::makeKeyPair("pi-client").reveal()},
                             {"owner", net::makeKeyPair("pi-owner").reveal()}};
  return document.dump(2) + "\n";
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string kGenuine = genuineText();
  fuzz::Input input(data, size);
  std::string text = kGenuine;
  if (input.below(4) == 0) {
    text = input.text();
  } else {
    std::vector<char> bytes(text.begin(), text.end());
    fuzz::edit(input, bytes);
    text.assign(bytes.begin(), bytes.end());
  }
  try {
    scheduler::Keys keys = scheduler::parseKeys("keys.json", text);
    // Keys that were read can be used, and each role has its own.
    PI_CHECK(scheduler::rolesOf(keys).size() == 3);
    PI_CHECK(net::fingerprintOf(keys.scheduler).size() == 64);
  } catch (const net::KeyError& error) {
    PI_CHECK(text != kGenuine && std::string(error.what()).find('\n') == std::string::npos);
  }
  return 0;
}
