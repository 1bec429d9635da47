// The command line of a program as a table.  Parsing, --help, hints about wrong words, the manual
// pages and the completion in shells all use this one table.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pi::cli {

// Users of an option.  --help lists the options for tests in a section of their own.
enum class Audience { kEveryone, kTests };

// An option: "--name value", or "--name" alone if `value` is empty.  An option with another help
// for another command has a row for each.
struct Option {
  std::string_view name;
  std::string_view value{};  // The name of its value, such as N or PATH.
  std::string_view help{};
  std::string_view standard{};                   // The default as --help shows it.
  char letter = '\0';                            // Its short form, "-j" for 'j'; 0: none.
  std::span<const std::string_view> commands{};  // The commands that take it; empty: all ...
  std::span<const std::string_view> notFor{};    // ... but these.
  Audience audience = Audience::kEveryone;
  std::span<const std::string_view> words{};  // The values that it takes, if they are few.
};

inline constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

struct Command {
  std::string_view name{};       // Empty: what the program does without a command.
  std::string_view arguments{};  // As in "SAMPLES [CHUNK]"; empty if it takes none.
  std::size_t argumentsMin = 0;
  std::size_t argumentsMax = 0;
  bool takesNegative = false;  // An argument may be a negative number; they come last then.
  bool takesRest = false;      // Words after "--" are neither options nor arguments.
  std::string_view summary{};  // Its purpose, for the list of commands.
  std::string_view about{};    // More about it, in paragraphs with an empty line between them.
  std::span<const std::string_view> examples{};  // Whole command lines.
};

// The name of an argument or a value, and how it is written.
struct Placeholder {
  std::string_view name;                      // "D"
  std::string_view help;                      // "a duration: 90s, 1h30m"
  std::span<const std::string_view> words{};  // The words that it may be, if they are few.
};

struct Program {
  std::string_view name;
  std::string_view summary{};  // Its purpose in a few words, for the manual.
  std::span<const Command> commands;
  std::vector<Option> options{};
  std::span<const Placeholder> placeholders{};
  std::string_view about{};  // In paragraphs, like that of a command.
  // The command that is meant if the first word is none, but `meansShorthand` is true for it.
  std::string_view shorthand{};
  bool (*meansShorthand)(std::string_view word) = nullptr;
  std::string_view alternative{};  // Another first word than a command, for errors.
  std::string_view wordless{};     // The error for an empty command line, if that is one.
};

// Null if the program has no such command.
const Command* findCommand(const Program& program, std::string_view name);

bool takes(const Command& command, const Option& option);

// Whether `text`, such as "SAMPLES [CHUNK]" or "JOB...", has the placeholder as a word.
bool mentions(std::string_view text, std::string_view placeholder);

// "pi-client run", or the program's name alone.
std::string wordsOf(const Program& program, const Command& command);

}  // namespace pi::cli
