#include "common/cli/program.h"

#include <algorithm>

namespace pi::cli {

const Command* findCommand(const Program& program, std::string_view name) {
  auto found = std::ranges::find(program.commands, name, &Command::name);
  return found == program.commands.end() ? nullptr : &*found;
}

bool takes(const Command& command, const Option& option) {
  return option.commands.empty() ||
         std::ranges::find(option.commands, command.name) != option.commands.end();
}

std::string wordsOf(const Program& program, const Command& command) {
  std::string words(program.name);
  return command.name.empty() ? words : words + " " + std::string(command.name);
}

}  // namespace pi::cli
