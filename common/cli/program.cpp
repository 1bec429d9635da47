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

bool mentions(std::string_view text, std::string_view placeholder) {
  auto isLetter = [](char c) { return c >= 'A' && c <= 'Z'; };
  for (std::size_t at = text.find(placeholder); at != text.npos;
       at = text.find(placeholder, at + 1)) {
    std::size_t end = at + placeholder.size();
    bool begins = at == 0 || !isLetter(text[at - 1]);
    if (begins && (end == text.size() || !isLetter(text[end]))) return true;
  }
  return false;
}

std::string wordsOf(const Program& program, const Command& command) {
  std::string words(program.name);
  return command.name.empty() ? words : words + " " + std::string(command.name);
}

}  // namespace pi::cli
