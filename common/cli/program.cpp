#include "common/cli/program.h"

#include <algorithm>

namespace pi::cli {

const Command* findCommand(const Program& program, std::string_view name) {
  auto found = std::ranges::find(program.commands, name, &Command::name);
  return found == program.commands.end() ? nullptr : &*found;
}

bool takes(const Command& command, const Option& option) {
  auto isIn = [&command](std::span<const std::string_view> names) {
    return std::ranges::find(names, command.name) != names.end();
  };
  return option.commands.empty() ? !isIn(option.notFor) : isIn(option.commands);
}

std::string wordsOf(const Program& program, const Command& command) {
  std::string words(program.name);
  return command.name.empty() ? words : words + " " + std::string(command.name);
}

}  // namespace pi::cli
