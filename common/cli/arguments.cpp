#include "common/cli/arguments.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cxxopts.hpp>

#include "common/base/printable.h"
#include "common/cli/help.h"
#include "common/cli/suggestion.h"
#include "common/cli/terminal.h"
#include "common/model/version.h"

namespace pi::cli {
namespace {

constexpr char kPositional[] = "positional";
constexpr std::string_view kHelp = "help";
constexpr std::string_view kVersion = "version";

cxxopts::Options parserFor(const Program& program) {
  cxxopts::Options parser{std::string(program.name)};
  auto add = parser.add_options();
  add("h,help", "")("V,version", "")(kPositional, "", cxxopts::value<std::vector<std::string>>());
  std::vector<std::string_view> added;  // An option may have several rows.
  for (const Option& option : program.options) {
    if (std::ranges::find(added, option.name) != added.end()) continue;
    added.push_back(option.name);
    std::string names = option.letter == '\0' ? "" : std::string(1, option.letter) + ",";
    names += option.name;
    if (option.value.empty()) {
      add(names, "");
    } else {
      add(names, "", cxxopts::value<std::string>());
    }
  }
  parser.parse_positional(kPositional);
  parser.allow_unrecognised_options();
  return parser;
}

bool isNegative(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && word[1] >= '0' && word[1] <= '9';
}

// "run", "run and wait", "run, submit and wait".
std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 < names.size() ? ", " : " and ";
    text += names[i];
  }
  return text;
}

std::vector<std::string_view> commandNames(const Program& program) {
  std::vector<std::string_view> names;
  for (const Command& command : program.commands) {
    if (!command.name.empty()) names.push_back(command.name);
  }
  return names;
}

}  // namespace

ExitCode print(std::string_view program, const ShowText& shown) {
  constexpr std::size_t kUsual = 80, kNarrow = 40, kWide = 100;  // Wider text is hard to read.
  std::size_t columns = std::clamp(layoutColumns(STDOUT_FILENO).value_or(kUsual), kNarrow, kWide);
  std::optional<std::string> failure = writeToStdout(shown.text(columns));
  if (!failure) return ExitCode::kDone;
  std::fputs((std::string(program) + ": " + *failure + "\n").c_str(), stderr);
  return ExitCode::kFailed;
}

ExitCode printUsageError(std::string_view program, const std::string& sentence) {
  std::fputs((std::string(program) + ": " + sentence + "\n").c_str(), stderr);
  return ExitCode::kUsage;
}

Arguments::Arguments(Program program, const std::vector<std::string>& words)
    : program_(std::move(program)) {
  bool isRestTaken = std::ranges::any_of(program_.commands, &Command::takesRest);
  auto end = isRestTaken ? std::ranges::find(words, "--") : words.end();
  if (end != words.end()) rest_.emplace(end + 1, words.end());
  readWords({words.begin(), end});
  chooseCommand();
  placeRest();
  if (command_ != nullptr) {
    checkArguments();
    checkOptions();
  }
  if (has(kVersion)) showVersion();
  // "--help" alone is about the whole program.
  if (has(kHelp)) showHelp(words.size() == 1 ? nullptr : command_);
}

void Arguments::readWords(const std::vector<std::string>& words) {
  std::string name(program_.name);
  std::vector<const char*> raw{name.c_str()};
  const Command* first = words.empty() ? nullptr : findCommand(program_, words.front());
  bool takesNegative = first != nullptr && first->takesNegative;
  std::vector<std::string> negatives;  // The parser would take them for options.
  for (const std::string& word : words) {
    if (takesNegative && isNegative(word)) {
      negatives.push_back(word);
    } else {
      raw.push_back(word.c_str());
    }
  }
  try {
    cxxopts::ParseResult parsed =
        parserFor(program_).parse(static_cast<int>(raw.size()), raw.data());
    for (const cxxopts::KeyValue& each : parsed.arguments()) {
      if (each.key() == kPositional) {
        positional_.push_back(each.value());
      } else {
        given_.emplace_back(each.key(), each.value());
      }
    }
    positional_.insert(positional_.end(), negatives.begin(), negatives.end());
    if (!parsed.unmatched().empty()) {
      // No option starts with a digit, so such a word is a negative number.
      auto negative = std::ranges::find_if(words, isNegative);
      if (negative != words.end()) {
        fail(quoted(*negative) + " is negative; write it without '-'");
      }
    }
    for (const std::string& word : parsed.unmatched()) failUnknownOption(word);
  } catch (const cxxopts::exceptions::missing_argument&) {
    fail(quoted(words.back()) + " needs a value; write it after the option, or see " + helpWords());
  } catch (const cxxopts::exceptions::exception& fault) {
    fail(printable(fault.what()) + "; see " + helpWords());
  }
}

void Arguments::chooseCommand() {
  if (positional_.empty()) {
    command_ = findCommand(program_, "");
    if (command_ == nullptr) fail(std::string(program_.wordless));
    return;
  }
  const std::string word = positional_.front();
  if (word == kVersion && positional_.size() == 1) return showVersion();
  bool wantsHelp = word == kHelp && positional_.size() <= 2;
  if (wantsHelp && positional_.size() == 1) return showHelp(nullptr);
  const std::string& name = wantsHelp ? positional_[1] : word;
  const Command* found = name.empty() ? nullptr : findCommand(program_, name);
  if (wantsHelp) return found == nullptr ? failUnknownCommand(name) : showHelp(found);
  if (found != nullptr) {
    command_ = found;
    positional_.erase(positional_.begin());
  } else if (program_.meansShorthand != nullptr && program_.meansShorthand(word)) {
    command_ = findCommand(program_, program_.shorthand);
  } else {
    failUnknownCommand(word);
  }
}

// After "--", the words are arguments, also those that look like options.
void Arguments::placeRest() {
  if (!rest_ || (command_ != nullptr && command_->takesRest)) return;
  positional_.insert(positional_.end(), rest_->begin(), rest_->end());
  rest_.reset();
}

void Arguments::checkArguments() {
  if (positional_.size() > command_->argumentsMax) {
    fail(quoted(positional_[command_->argumentsMax]) + " is one argument too many; see " +
         helpWords());
  }
  if (positional_.size() < command_->argumentsMin) {
    std::string_view missing = command_->arguments;
    for (std::size_t i = 0; i < positional_.size(); ++i) {
      missing.remove_prefix(std::min(missing.find(' ') + 1, missing.size()));
    }
    missing = missing.substr(0, missing.find_first_of(" ."));
    fail(std::string(command_->name) + " needs " + std::string(missing) + ", for example " +
         std::string(command_->examples.front()));
  }
}

void Arguments::checkOptions() {
  for (const auto& [name, text] : given_) {
    std::vector<std::string_view> owners;
    bool isTaken = name == kHelp || name == kVersion;
    bool takesValue = false;
    for (const Option& option : program_.options) {
      if (option.name != name) continue;
      isTaken = isTaken || takes(*command_, option);
      takesValue = !option.value.empty();
      std::ranges::copy(option.commands, std::back_inserter(owners));
    }
    if (!takesValue && text != "true") {
      fail("--" + name + " takes no value; leave out the '=' and the text after it");
    }
    if (isTaken) continue;
    std::erase(owners, "");
    std::string sentence = "--" + name + " cannot be used ";
    sentence += command_->name.empty() ? "without a command" : "with ";
    sentence += command_->name;
    sentence += owners.empty() ? "; leave it out" : "; it is an option of " + listed(owners);
    fail(sentence);
  }
}

void Arguments::failUnknownCommand(std::string_view word) {
  std::vector<std::string_view> names = commandNames(program_);
  std::vector<std::string_view> candidates = names;
  candidates.insert(candidates.end(), {kHelp, kVersion});
  std::string otherwise = "; write one of " + listed(names);
  if (!program_.alternative.empty()) otherwise += ", or " + std::string(program_.alternative);
  fail(quoted(word) + " is not a command" + suggestion(word, candidates, "", otherwise));
}

void Arguments::failUnknownOption(std::string_view word) {
  word = word.substr(0, word.find('='));
  std::string_view name = word;
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  std::vector<std::string_view> names{kHelp, kVersion};
  for (const Option& option : program_.options) {
    if (option.audience == Audience::kEveryone) names.push_back(option.name);
  }
  fail(quoted(word) + " is not an option" + suggestion(name, names, "--", "; see " + helpWords()));
}

// How to get help on what the user wanted to do.
std::string Arguments::helpWords() const {
  std::string words(program_.name);
  if (command_ != nullptr) words = wordsOf(program_, *command_);
  return words + " --help";
}

void Arguments::showHelp(const Command* command) {
  shown_ = ShowText{[program = program_, command](std::size_t columns) {
    return command == nullptr ? programHelp(program, columns)
                              : commandHelp(program, *command, columns);
  }};
}

void Arguments::showVersion() {
  shown_ = ShowText{[name = program_.name](std::size_t) { return versionText(name); }};
}

std::optional<std::string_view> Arguments::textOf(std::string_view option) const {
  // The last one wins, so that users can override the options that a script sets.
  auto found = std::find_if(given_.rbegin(), given_.rend(),
                            [option](const auto& each) { return each.first == option; });
  if (found == given_.rend()) return std::nullopt;
  return found->second;
}

bool Arguments::has(std::string_view option) const { return textOf(option).has_value(); }

void Arguments::exclude(std::string_view option, std::string_view other) {
  if (!has(option) || !has(other)) return;
  fail("--" + std::string(option) + " and --" + std::string(other) +
       " cannot be used together; leave one of them out");
}

void Arguments::fail(std::string sentence) {
  if (error_.empty()) error_ = std::move(sentence);
}

}  // namespace pi::cli
