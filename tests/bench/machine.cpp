#include "tests/bench/machine.h"

#include <fstream>
#include <map>

Machine thisMachine() {
  std::map<std::string, std::string> fields;  // Those of the first core.
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line) && !line.empty();) {
    auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    fields[line.substr(0, line.find_first_of("\t:"))] = line.substr(colon + 2);
  }
  std::string family = fields["cpu family"];
  Machine machine{
      .name = fields["model name"] + ", family " + family + ", model " + fields["model"],
      .costs = {}};
  if (fields["vendor_id"] == "GenuineIntel" && family == "6") {
    machine.costs = {.wide = 1.0 / 2, .narrow = 1.0 / 3, .mask = 1.0 / 2, .popcount = 1.0 / 3};
  } else if (fields["vendor_id"] == "AuthenticAMD" && family == "25") {  // Zen 3 and Zen 4.
    machine.costs = {.wide = 1.0 / 2, .narrow = 1.0 / 4, .mask = 1.0 / 4, .popcount = 0};
  } else if (fields["vendor_id"] == "AuthenticAMD" && family == "26") {  // Zen 5.
    machine.costs = {.wide = 1.0 / 4, .narrow = 1.0 / 4, .mask = 1.0 / 4, .popcount = 0};
  }
  return machine;
}
