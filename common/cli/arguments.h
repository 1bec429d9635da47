// Reads the command line of one program: its options, its arguments and the first error.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/exit_code.h"
#include "common/base/quantity.h"
#include "common/cli/program.h"

namespace pi::cli {

// The text to print for --help or --version; the program does nothing else then.
struct ShowText {
  std::function<std::string(std::size_t columns)> text;  // Laid out for this width.
};

template <typename Options>
using ParseResult = Parsed<std::variant<Options, ShowText>>;

// Prints to stdout and returns the exit code, or reports why that failed.
ExitCode print(std::string_view program, const ShowText& shown);
// Prints to stderr as one line "program: sentence" and returns the exit code.
ExitCode printUsageError(std::string_view program, const std::string& sentence);

// Prints the text or the error, or calls `run` with the options.  Returns the exit code.
template <typename Options, typename Run>
ExitCode dispatch(std::string_view program, const ParseResult<Options>& parsed, Run run) {
  if (!parsed.value) return printUsageError(program, parsed.error);
  if (const auto* shown = std::get_if<ShowText>(&*parsed.value)) return print(program, *shown);
  return run(std::get<Options>(*parsed.value));
}

// Keeps the first error; the functions may still be called after it.
class Arguments {
 public:
  // `words` does not include the program's name.  --help and --version, and "help" and "version" as
  // first words, work in every program.
  Arguments(Program program, const std::vector<std::string>& words);
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  // The name of the command that is meant; empty if it has none, and after an error.
  std::string_view command() const { return command_ == nullptr ? "" : command_->name; }
  // The arguments of the command.
  const std::vector<std::string>& positional() const { return positional_; }
  // The options in the order of the command line, with their values, for a command in which the
  // order counts.
  const std::vector<std::pair<std::string, std::string>>& given() const { return given_; }
  // The words after "--", for a command that takes them; null without "--".
  const std::optional<std::vector<std::string>>& rest() const { return rest_; }
  bool has(std::string_view option) const;

  // Stores the option's value if it was given.  `parse` turns its text into a Parsed<T>.
  template <typename Parse, typename T>
  void read(std::string_view option, Parse parse, T& into) {
    std::optional<std::string_view> text = textOf(option);
    if (text) store("--" + std::string(option), parse(*text), into);
  }

  // The same for a value that given() has.
  template <typename Parse, typename T>
  void readValue(const std::string& option, std::string_view text, Parse parse, T& into) {
    store("--" + option, parse(text), into);
  }

  // For an option that may be given several times: adds each of its values.
  template <typename Parse, typename T>
  void readEach(std::string_view option, Parse parse, std::vector<T>& into) {
    for (const auto& [name, text] : given_) {
      if (name != option) continue;
      T value{};
      store("--" + name, parse(text), value);
      into.push_back(std::move(value));
    }
  }

  // Like read(), for the positional argument at `index`; `what` names it in the error.
  template <typename Parse, typename T>
  void readPositional(std::size_t index, std::string_view what, Parse parse, T& into) {
    if (index < positional_.size()) store(std::string(what), parse(positional_[index]), into);
  }

  // Both options together are an error.
  void exclude(std::string_view option, std::string_view other);

  void fail(std::string sentence);
  bool failed() const { return !error_.empty(); }

  // The text of --help or --version, or the first error, or `options`.
  template <typename Options>
  ParseResult<Options> result(Options options) const {
    if (shown_) return {.value = *shown_};
    if (failed()) return {.error = error_};
    return {.value = std::move(options)};
  }

 private:
  void readWords(const std::vector<std::string>& words);
  void chooseCommand();
  void placeRest();
  void checkArguments();
  void checkOptions();
  void failUnknownCommand(std::string_view word);
  void failUnknownOption(std::string_view word);
  void showHelp(const Command* command);
  void showVersion();
  std::string helpWords() const;
  std::optional<std::string_view> textOf(std::string_view option) const;

  template <typename T, typename Into>
  void store(const std::string& what, Parsed<T> parsed, Into& into) {
    if (parsed.value) {
      into = *std::move(parsed.value);
    } else {
      fail(what + ": " + parsed.error);
    }
  }

  const Program program_;
  const Command* command_ = nullptr;                        // Null until it is known.
  std::vector<std::pair<std::string, std::string>> given_;  // Options in order, with their values.
  std::vector<std::string> positional_;
  std::optional<std::vector<std::string>> rest_;
  std::optional<ShowText> shown_;
  std::string error_;
};

}  // namespace pi::cli
