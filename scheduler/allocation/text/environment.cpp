#include "scheduler/allocation/text/environment.h"

#include <algorithm>

namespace pi::allocation {

std::string_view nameIn(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

std::vector<std::string> withVariables(const std::vector<std::string>& own,
                                       const std::vector<std::string>& added) {
  std::vector<std::string> environment;
  for (const std::string& variable : own) {
    bool isReplaced = std::ranges::any_of(
        added, [&](const std::string& each) { return nameIn(each) == nameIn(variable); });
    if (!isReplaced) environment.push_back(variable);
  }
  environment.insert(environment.end(), added.begin(), added.end());
  return environment;
}

}  // namespace pi::allocation
