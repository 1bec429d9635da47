// The options of a program's table, each once, with the commands that take it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/cli/program.h"

namespace pi::packaging {

struct ListedOption {
  cli::Option option;
  std::vector<std::string_view> commands;  // Those that take it; "" is the program without one.
};

// Rows that differ only in their commands are one.  The last two are --help and --version.
std::vector<ListedOption> optionsOf(const cli::Program& program);

// The options that a command takes, in the order of the table.
std::vector<cli::Option> optionsOf(const cli::Program& program, const cli::Command& command);

// Where the value of an option comes from.
enum class Choice { kAnything, kWords, kFile, kFolder };
Choice choiceOf(const cli::Option& option);

// The words that the arguments of a command may be, if they are few; else none.
std::vector<std::string_view> argumentWords(const cli::Program& program,
                                            const cli::Command& command);

// "-j" and "--json", or "--json" alone.
std::vector<std::string> spellingsOf(const cli::Option& option);

// `text` with each of `characters` behind a backslash.
std::string escaped(std::string_view text, std::string_view characters);

// The words with a space between them.
template <typename Words>
std::string joined(const Words& words, std::string_view between = " ") {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

}  // namespace pi::packaging
