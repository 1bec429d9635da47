#include "packaging/option_list.h"

#include <algorithm>

#include "common/cli/help.h"

namespace pi::packaging {
namespace {

bool sayTheSame(const cli::Option& left, const cli::Option& right) {
  return left.name == right.name && left.value == right.value && left.help == right.help &&
         left.standard == right.standard;
}

}  // namespace

std::vector<ListedOption> optionsOf(const cli::Program& program) {
  std::vector<ListedOption> list;
  for (const cli::Option& option : program.options) {
    auto known = std::ranges::find_if(
        list, [&option](const ListedOption& each) { return sayTheSame(each.option, option); });
    if (known == list.end()) known = list.insert(list.end(), {option, {}});
    for (const cli::Command& command : program.commands) {
      if (takes(command, option)) known->commands.push_back(command.name);
    }
  }
  std::vector<std::string_view> all;
  for (const cli::Command& command : program.commands) all.push_back(command.name);
  list.push_back({cli::kHelpOption, all});
  list.push_back({cli::kVersionOption, all});
  return list;
}

std::vector<cli::Option> optionsOf(const cli::Program& program, const cli::Command& command) {
  std::vector<cli::Option> options;
  std::ranges::copy_if(program.options, std::back_inserter(options),
                       [&command](const cli::Option& option) { return takes(command, option); });
  options.push_back(cli::kHelpOption);
  options.push_back(cli::kVersionOption);
  return options;
}

Choice choiceOf(const cli::Option& option) {
  if (!option.words.empty()) return Choice::kWords;
  if (option.value == "FILE" || option.value == "PATH") return Choice::kFile;
  return option.value == "DIR" ? Choice::kFolder : Choice::kAnything;
}

std::vector<std::string_view> argumentWords(const cli::Program& program,
                                            const cli::Command& command) {
  std::vector<std::string_view> words;
  for (const cli::Placeholder& each : program.placeholders) {
    if (cli::mentions(command.arguments, each.name))
      std::ranges::copy(each.words, std::back_inserter(words));
  }
  return words;
}

std::vector<std::string> spellingsOf(const cli::Option& option) {
  std::vector<std::string> spellings;
  if (option.letter != '\0') spellings.push_back({'-', option.letter});
  spellings.push_back("--" + std::string(option.name));
  return spellings;
}

std::string escaped(std::string_view text, std::string_view characters) {
  std::string result;
  for (char c : text) {
    if (characters.find(c) != characters.npos) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace pi::packaging
