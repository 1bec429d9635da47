#include <set>
#include <vector>

#include "packaging/completion.h"
#include "packaging/option_list.h"

namespace pi::packaging {
namespace {

using std::string;
using std::string_view;

// "_pi_client" for pi-client.
string functionOf(const cli::Program& program) {
  string name = "_" + string(program.name);
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

// All spellings of the options for which `isOne` holds, in the order of the table.
template <typename IsOne>
std::vector<string> spellingsWhere(const std::vector<ListedOption>& options, IsOne isOne) {
  std::vector<string> spellings;
  std::set<string> known;
  for (const ListedOption& each : options) {
    if (!isOne(each.option)) continue;
    for (string& spelling : spellingsOf(each.option)) {
      if (known.insert(spelling).second) spellings.push_back(std::move(spelling));
    }
  }
  return spellings;
}

// The case of the options with this kind of value: what their value may be.
string valueCase(const std::vector<ListedOption>& options, Choice choice, string_view action) {
  auto spellings = spellingsWhere(options, [choice](const cli::Option& option) {
    return !option.value.empty() && choiceOf(option) == choice;
  });
  if (spellings.empty()) return "";
  return "    " + joined(spellings, " | ") + ")\n      " + string(action) +
         "\n      return\n      ;;\n";
}

string valueCases(const std::vector<ListedOption>& options) {
  string text = valueCase(options, Choice::kFile,
                          "compopt -o filenames 2>/dev/null\n"
                          "      mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")");
  text += valueCase(options, Choice::kFolder,
                    "compopt -o filenames 2>/dev/null\n"
                    "      mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")");
  text += valueCase(options, Choice::kAnything, "COMPREPLY=()");
  std::set<string_view> known;
  for (const ListedOption& each : options) {
    if (choiceOf(each.option) != Choice::kWords || !known.insert(each.option.name).second) continue;
    text += "    " + joined(spellingsOf(each.option), " | ") +
            ")\n      mapfile -t COMPREPLY < <(compgen -W '" + joined(each.option.words) +
            "' -- \"$cur\")\n      return\n      ;;\n";
  }
  return text;
}

std::vector<string_view> commandWords(const cli::Program& program) {
  std::vector<string_view> words;
  for (const cli::Command& command : program.commands) {
    if (!command.name.empty()) words.push_back(command.name);
  }
  if (!words.empty()) words.insert(words.end(), {"help", "version"});
  return words;
}

string commandCase(const cli::Program& program, const cli::Command* command) {
  std::vector<string> options;
  std::set<string> known;
  for (const cli::Option& option :
       command == nullptr ? std::vector<cli::Option>{} : optionsOf(program, *command)) {
    if (option.audience == cli::Audience::kTests) continue;
    for (string& spelling : spellingsOf(option)) {
      if (known.insert(spelling).second) options.push_back(std::move(spelling));
    }
  }
  if (command == nullptr) options = {"-h", "--help", "-V", "--version"};
  string_view name = command == nullptr ? "" : command->name;
  std::vector<string_view> words;
  if (name.empty()) words = commandWords(program);
  if (command != nullptr) {
    for (string_view word : argumentWords(program, *command)) words.push_back(word);
  }
  return "    '" + string(name) + "')\n      options='" + joined(options) + "'\n      words='" +
         joined(words) + "'\n      ;;\n";
}

string commandCases(const cli::Program& program) {
  string text;
  if (cli::findCommand(program, "") == nullptr) text += commandCase(program, nullptr);
  for (const cli::Command& command : program.commands) text += commandCase(program, &command);
  std::vector<string_view> names = commandWords(program);
  if (names.empty()) return text;
  names.resize(names.size() - 2);
  return text + "    help)\n      words='" + joined(names) + "'\n      ;;\n";
}

// Words of the line that are commands.  Another one stands for the program's shorthand.
string commandOf(const cli::Program& program) {
  std::vector<string_view> names = commandWords(program);
  string text;
  if (!names.empty()) {
    text =
        "      " + joined(names, " | ") + ")\n        command=$word\n        break\n        ;;\n";
  }
  return text + "      *)\n        command='" + string(program.shorthand) +
         "'\n        break\n        ;;\n";
}

}  // namespace

string bashCompletion(const cli::Program& program) {
  std::vector<ListedOption> options = optionsOf(program);
  auto withValue =
      spellingsWhere(options, [](const cli::Option& each) { return !each.value.empty(); });
  string text = "# bash completion of " + string(program.name) +
                ", made from its table of options.\n" + functionOf(program) + R"(() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' isValue='' options='' words='' word i
  # bash makes "--name=value" three words.
  [[ $cur == = ]] && cur=''
  [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD - 2]}
  case $prev in
)" + valueCases(options) +
                R"(  esac
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    if [[ -n $isValue ]]; then
      [[ $word == = ]] || isValue=''
      continue
    fi
    case $word in
      )" + joined(withValue, " | ") +
                R"()
        isValue=yes
        ;;
      -*) ;;
)" + commandOf(program) +
                R"(    esac
  done
  case $command in
)" + commandCases(program) +
                R"(  esac
  [[ $cur == -* ]] && words=$options
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F )";
  return text + functionOf(program) + " " + string(program.name) + "\n";
}

}  // namespace pi::packaging
