#include <set>
#include <vector>

#include "packaging/completion.h"
#include "packaging/option_list.h"

namespace pi::packaging {
namespace {

using std::string;
using std::string_view;

constexpr string_view kNoCommand = "none";  // The function prints it without a command.

string quoted(string_view text) { return "'" + escaped(text, "\\'") + "'"; }

// "__pi_client_command" for pi-client.
string functionOf(const cli::Program& program) {
  string name(program.name);
  for (char& c : name) c = c == '-' ? '_' : c;
  return "__" + name + "_command";
}

string valueOf(const cli::Option& option) {
  if (option.value.empty()) return "";
  switch (choiceOf(option)) {
    case Choice::kWords:
      return " -x -a " + quoted(joined(option.words));
    case Choice::kFile:
      return " -r -F";
    case Choice::kFolder:
      return " -x -a '(__fish_complete_directories)'";
    case Choice::kAnything:
      break;
  }
  return " -x";
}

std::vector<string_view> commandNames(const cli::Program& program) {
  std::vector<string_view> names;
  for (const cli::Command& command : program.commands) {
    if (!command.name.empty()) names.push_back(command.name);
  }
  return names;
}

// "-n CONDITION": the command on the line is one of these.
string condition(const cli::Program& program, const std::vector<string_view>& commands) {
  std::vector<string_view> names;
  for (string_view name : commands) names.push_back(name.empty() ? kNoCommand : name);
  return " -n " + quoted("contains -- (" + functionOf(program) + ") " + joined(names));
}

string optionLine(const cli::Program& program, const ListedOption& listed) {
  const cli::Option& option = listed.option;
  string text = "complete -c " + string(program.name);
  bool isForAll = listed.commands.size() == program.commands.size();
  if (!isForAll) text += condition(program, listed.commands);
  if (option.letter != '\0') text += " -s " + string(1, option.letter);
  return text + " -l " + string(option.name) + valueOf(option) + " -d " + quoted(option.help) +
         "\n";
}

string commandLines(const cli::Program& program) {
  string text;
  for (const cli::Command& command : program.commands) {
    if (!command.name.empty()) {
      text += "complete -c " + string(program.name) + condition(program, {""}) + " -a " +
              string(command.name) + " -d " + quoted(command.summary) + "\n";
    }
    std::vector<string_view> words = argumentWords(program, command);
    if (words.empty()) continue;
    text += "complete -c " + string(program.name) + condition(program, {command.name}) + " -a " +
            quoted(joined(words)) + "\n";
  }
  return text;
}

// The function that prints the command on the line.
string commandFunction(const cli::Program& program, const std::vector<ListedOption>& options) {
  std::set<string> withValue;
  for (const ListedOption& each : options) {
    if (each.option.value.empty()) continue;
    for (string& spelling : spellingsOf(each.option)) withValue.insert(std::move(spelling));
  }
  std::vector<string_view> names = commandNames(program);
  string other = program.shorthand.empty() ? string(kNoCommand) : string(program.shorthand);
  string known =
      names.empty() ? "" : "      case " + joined(names) + "\n        echo $word\n        return\n";
  return "function " + functionOf(program) + R"(
  set -l words (commandline -opc)
  set -l isValue no
  for word in $words[2..-1]
    if test $isValue = yes
      set isValue no
      continue
    end
    switch $word
      case )" +
         joined(withValue) +
         R"(
        set isValue yes
      case '-*'
)" + known +
         "      case '*'\n        echo " + other + R"(
        return
    end
  end
  echo )" +
         string(kNoCommand) + "\nend\n";
}

}  // namespace

string fishCompletion(const cli::Program& program) {
  std::vector<ListedOption> options = optionsOf(program);
  string text = "# fish completion of " + string(program.name) +
                ", made from its table of options.\n" + commandFunction(program, options) +
                "complete -c " + string(program.name) + " -f\n" + commandLines(program);
  for (const ListedOption& each : options) {
    if (each.option.audience == cli::Audience::kEveryone) text += optionLine(program, each);
  }
  return text;
}

}  // namespace pi::packaging
