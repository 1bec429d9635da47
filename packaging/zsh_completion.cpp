#include <algorithm>
#include <vector>

#include "packaging/completion.h"
#include "packaging/option_list.h"

namespace pi::packaging {
namespace {

using std::string;
using std::string_view;

// Between single quotes.
string quoted(const string& text) {
  string result = "'";
  for (char c : text) result += c == '\'' ? "'\\''" : string(1, c);
  return result + "'";
}

string actionOf(const cli::Option& option) {
  switch (choiceOf(option)) {
    case Choice::kWords:
      return "(" + escaped(joined(option.words), ":") + ")";
    case Choice::kFile:
      return "_files";
    case Choice::kFolder:
      return "_path_files -/";
    case Choice::kAnything:
      break;
  }
  return " ";
}

// One word of _arguments for each spelling of the option.
std::vector<string> specifications(const cli::Option& option) {
  std::vector<string> all;
  string help = "[" + escaped(option.help, "\\[]:") + "]";
  for (const string& spelling : spellingsOf(option)) {
    if (option.value.empty()) {
      all.push_back(quoted("(" + joined(spellingsOf(option)) + ")" + spelling + help));
      continue;
    }
    // It may be given again.  The value of a long option is a word of its own or follows a "=".
    string separator = spelling.starts_with("--") ? "=" : "+";
    all.push_back(quoted("*" + spelling + separator + help + ":" + escaped(option.value, ":") +
                         ":" + actionOf(option)));
  }
  return all;
}

// Options that zsh knows and does not offer: those with a value, which is no command.
string hiddenOptions(const cli::Program& program, const string& indentation) {
  string text;
  for (const ListedOption& each : optionsOf(program)) {
    if (each.option.value.empty() || each.option.audience == cli::Audience::kTests) continue;
    for (const string& spelling : spellingsOf(each.option)) {
      string separator = spelling.starts_with("--") ? "=" : "+";
      text += " \\\n" + indentation + quoted("!*" + spelling + separator + ": : ");
    }
  }
  return text;
}

string argumentsOf(const cli::Program& program, const cli::Command* command,
                   const string& indentation) {
  std::vector<cli::Option> options;
  if (command != nullptr) {
    options = optionsOf(program, *command);
  } else {
    for (const ListedOption& each : optionsOf(program)) {
      if (each.option.name == "help" || each.option.name == "version")
        options.push_back(each.option);
    }
  }
  string text;
  std::vector<string_view> known;
  for (const cli::Option& option : options) {
    if (option.audience == cli::Audience::kTests) continue;
    if (std::ranges::find(known, option.name) != known.end()) continue;
    known.push_back(option.name);
    for (const string& each : specifications(option)) text += " \\\n" + indentation + each;
  }
  return text;
}

// The arguments of a command.
string positionals(const cli::Program& program, const cli::Command& command) {
  if (command.argumentsMax == 0) return "";
  std::vector<string_view> words = argumentWords(program, command);
  string action = words.empty() ? " " : "(" + joined(words) + ")";
  return quoted("*:" + escaped(command.arguments, ":") + ":" + action);
}

string commandList(const cli::Program& program) {
  string text;
  for (const cli::Command& command : program.commands) {
    if (command.name.empty()) continue;
    text +=
        "        " + quoted(string(command.name) + ":" + escaped(command.summary, "\\:")) + "\n";
  }
  return text;
}

string commandCases(const cli::Program& program) {
  string text;
  for (const cli::Command& command : program.commands) {
    if (command.name.empty()) continue;
    bool isShorthand = command.name == program.shorthand;
    text += "        " + string(command.name) + (isShorthand ? " | <->* | .*)\n" : ")\n") +
            "          _arguments -s" + argumentsOf(program, &command, "            ");
    string words = positionals(program, command);
    if (!words.empty()) text += " \\\n            " + words;
    text += " && ret=0\n          ;;\n";
  }
  return text;
}

}  // namespace

string zshCompletion(const cli::Program& program) {
  const cli::Command* nameless = cli::findCommand(program, "");
  string name(program.name);
  string text =
      "#compdef " + name + "\n# zsh completion of " + name + ", made from its table of options.\n";
  if (program.commands.size() == 1) {
    text += "_arguments -s" + argumentsOf(program, nameless, "  ");
    string words = positionals(program, *nameless);
    return text + (words.empty() ? "" : " \\\n  " + words) + "\n";
  }
  text += R"(local curcontext=$curcontext state line ret=1
local -A opt_args
local -a commands
_arguments -C -s)" +
          argumentsOf(program, nameless, "  ") +
          (nameless == nullptr ? hiddenOptions(program, "  ") : "") + R"( \
  '(-)1:command:->command' '(-)*::argument:->argument' && ret=0
case $state in
  command)
    commands=(
)" + commandList(program) +
          R"(    )
    _describe -t commands command commands && ret=0
    ;;
  argument)
    curcontext=${curcontext%:*:*}:)" +
          name + R"(-$line[1]:
    case $line[1] in
)" + commandCases(program) +
          R"(    esac
    ;;
esac
return ret
)";
  return text;
}

}  // namespace pi::packaging
