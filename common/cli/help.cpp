#include "common/cli/help.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/base/text_width.h"

namespace pi::cli {
namespace {

// Two columns: `left`, and `right` wrapped beside it, or below it if `left` is too wide.
std::string row(const std::string& left, std::string_view right, std::size_t column,
                std::size_t columns) {
  std::string text = left;
  bool fits = columnsOf(left) + 2 <= column;
  text += fits ? std::string(column - columnsOf(left), ' ') : "\n" + std::string(column, ' ');
  return text + wrapped(right, column, column, columns) + "\n";
}

std::string paragraphs(std::string_view text, std::size_t columns) {
  std::string lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find("\n\n"), text.size());
    lines += "\n" + wrapped(text.substr(0, end), 0, 0, columns) + "\n";
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return lines;
}

std::string optionRow(const Option& option, std::size_t columns) {
  constexpr std::size_t kColumn = 30;
  std::string left =
      option.letter == '\0' ? "      --" : std::string("  -") + option.letter + ", --";
  left += option.name;
  if (!option.value.empty()) left += " " + std::string(option.value);
  std::string help(option.help);
  if (!option.standard.empty()) help += " (default: " + std::string(option.standard) + ")";
  return row(left, help, std::min(kColumn, columns / 2), columns);
}

std::string optionRows(const std::vector<Option>& options, Audience audience, std::size_t columns) {
  std::string rows;
  for (const Option& option : options) {
    if (option.audience == audience) rows += optionRow(option, columns);
  }
  return rows;
}

// The sections "Options:" and "For tests:".
std::string optionSections(const std::vector<Option>& options, std::size_t columns) {
  std::string text = "\nOptions:\n" + optionRows(options, Audience::kEveryone, columns) +
                     optionRow(kHelpOption, columns) + optionRow(kVersionOption, columns);
  std::string forTests = optionRows(options, Audience::kTests, columns);
  return forTests.empty() ? text : text + "\nFor tests:\n" + forTests;
}

std::string usageOf(const Program& program, const Command& command) {
  std::string usage = "  " + wordsOf(program, command);
  return command.arguments.empty() ? usage : usage + " " + std::string(command.arguments);
}

// How the values that these arguments and options name are written.
std::string placeholderRows(const Program& program, const std::string& arguments,
                            const std::vector<Option>& options, std::size_t columns) {
  std::string rows;
  std::size_t column = 2;
  for (const Placeholder& each : program.placeholders) {
    column = std::max(column, each.name.size() + 4);
  }
  for (const Placeholder& each : program.placeholders) {
    bool isUsed = mentions(arguments, each.name) ||
                  std::ranges::any_of(
                      options, [&each](const Option& option) { return option.value == each.name; });
    if (isUsed) rows += row("  " + std::string(each.name), each.help, column, columns);
  }
  return rows.empty() ? rows : "\n" + rows;
}

std::string examples(const std::vector<std::string_view>& lines) {
  if (lines.empty()) return "";
  std::string text = "\nExamples:\n";
  for (std::string_view line : lines) text += "  " + std::string(line) + "\n";
  return text;
}

}  // namespace

std::string programHelp(const Program& program, std::size_t columns) {
  std::string text = "Usage:\n", arguments;
  std::size_t column = 0;
  for (const Command& command : program.commands) {
    column = std::max(column, columnsOf(usageOf(program, command)) + 2);
    arguments += std::string(command.arguments) + " ";
  }
  std::vector<std::string_view> lines;
  for (const Command& command : program.commands) {
    text += row(usageOf(program, command), command.summary, std::min(column, columns / 2), columns);
    std::ranges::copy(command.examples, std::back_inserter(lines));
  }
  // The options of the nameless command, or else those of every command.
  const Command* nameless = findCommand(program, "");
  std::vector<Option> options;
  std::ranges::copy_if(program.options, std::back_inserter(options), [&](const Option& option) {
    return nameless != nullptr ? takes(*nameless, option) : option.commands.empty();
  });
  text += paragraphs(program.about, columns);
  if (nameless != nullptr) text += paragraphs(nameless->about, columns);
  text += placeholderRows(program, arguments, options, columns) + examples(lines) +
          optionSections(options, columns);
  if (program.commands.size() == 1) return text;
  return text + "\n" +
         wrapped(std::string(program.name) + " COMMAND --help shows the options of a command.", 0,
                 0, columns) +
         "\n";
}

std::string commandHelp(const Program& program, const Command& command, std::size_t columns) {
  if (command.name.empty()) return programHelp(program, columns);
  std::vector<Option> options;
  std::ranges::copy_if(program.options, std::back_inserter(options),
                       [&command](const Option& option) { return takes(command, option); });
  std::string usage = usageOf(program, command);
  std::string text = "Usage:\n" + usage + "\n";
  std::string_view about = command.about.empty() ? command.summary : command.about;
  return text + paragraphs(about, columns) +
         placeholderRows(program, std::string(command.arguments), options, columns) +
         examples({command.examples.begin(), command.examples.end()}) +
         optionSections(options, columns);
}

}  // namespace pi::cli
