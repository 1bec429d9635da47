// Reads the command line of one program: its options, its arguments and the first error.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/exit_code.h"
#include "common/base/quantity.h"

namespace pi::cli {

// The text to print for --help or --version; the program does nothing else then.
struct ShowText {
  std::string text;
};

template <typename Options>
using ParseResult = Parsed<std::variant<Options, ShowText>>;

// Prints to stdout and returns the exit code.
ExitCode print(const ShowText& shown);
// Prints to stderr as one line "program: sentence" and returns the exit code.
ExitCode printUsageError(std::string_view program, const std::string& sentence);

// Prints the text or the error, or calls `run` with the options.  Returns the exit code.
template <typename Options, typename Run>
ExitCode dispatch(std::string_view program, const ParseResult<Options>& parsed, Run run) {
  if (!parsed.value) return printUsageError(program, parsed.error);
  if (const auto* shown = std::get_if<ShowText>(&*parsed.value)) return print(*shown);
  return run(std::get<Options>(*parsed.value));
}

// Users of an option.  --help lists the options for tests in a section of their own.
enum class Audience { kEveryone, kTests };

// An option: "--name value", or "--name" alone if `value` is empty.
struct Option {
  std::string_view name;
  std::string_view value{};
  std::string_view help{};
  Audience audience = Audience::kEveryone;
};

struct Program {
  std::string_view name;
  std::string_view usage;  // The text of --help above the table of options; ends in a newline.
  std::span<const Option> options;
};

// Keeps the first error; the functions may still be called after it.
class Arguments {
 public:
  // `arguments` does not include the program's name.  --help and --version are added to the
  // options.
  Arguments(const Program& program, const std::vector<std::string>& arguments);

  const std::vector<std::string>& positional() const { return positional_; }
  bool has(std::string_view option) const;

  // Stores the option's value if it was given.  `parse` turns its text into a Parsed<T>.
  template <typename Parse, typename T>
  void read(std::string_view option, Parse parse, T& into) {
    std::optional<std::string_view> text = textOf(option);
    if (text) store("--" + std::string(option), parse(*text), into);
  }

  // The same for the positional argument at `index`; `what` names it in the error.
  template <typename Parse, typename T>
  void readPositional(std::size_t index, std::string_view what, Parse parse, T& into) {
    if (index < positional_.size()) store(std::string(what), parse(positional_[index]), into);
  }

  // More positional arguments than `limit` are an error.
  void limitPositional(std::size_t limit);
  // An option that is not among `options` is an error; `command` is named in it.
  void allowOnly(std::span<const std::string_view> options, std::string_view command);
  // The names of the options on the command line, in order.
  std::vector<std::string> optionsGiven() const;
  // Both options together are an error.
  void exclude(std::string_view option, std::string_view other);

  // --help prints the help of `program` instead, for example that of one command.
  void showHelpOf(const Program& program);

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
  std::optional<std::string_view> textOf(std::string_view option) const;

  template <typename T, typename Into>
  void store(const std::string& what, Parsed<T> parsed, Into& into) {
    if (parsed.value) {
      into = *std::move(parsed.value);
    } else {
      fail(what + ": " + parsed.error);
    }
  }

  std::string_view program_;
  std::vector<std::pair<std::string, std::string>> given_;  // Options in order, with their values.
  std::vector<std::string> positional_;
  std::optional<ShowText> shown_;
  std::string error_;
};

}  // namespace pi::cli
