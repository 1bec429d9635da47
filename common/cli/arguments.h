// One program's command line: what it accepts, what was given, and what was wrong with it.
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

// A text that was asked for with --help or --version, and is all that was.
struct ShowText {
  std::string text;
};

// One sentence on what is wrong with the command line and what to do.
struct OptionError {
  std::string sentence;
};

template <typename Options>
using ParseResult = std::variant<Options, ShowText, OptionError>;

// Print to stdout, or to stderr as one line "program: sentence", and say what to exit with.
ExitCode print(const ShowText& shown);
ExitCode print(std::string_view program, const OptionError& error);

// An option: "--name value", or "--name" alone if `value` is empty.  Without help it is hidden.
struct Option {
  std::string_view name;
  std::string_view value{};
  std::string_view help{};
};

struct Program {
  std::string_view name;
  std::string_view usage;  // What --help says above the table of options; ends in a newline.
  std::span<const Option> options;
};

// Reads a command line.  The first thing that is wrong with it is kept; reading goes on harmlessly.
class Arguments {
 public:
  // `arguments` without the program's own name.  --help and --version are added to the options.
  Arguments(const Program& program, const std::vector<std::string>& arguments);

  const std::vector<std::string>& positional() const { return positional_; }
  bool has(std::string_view option) const;

  // Stores the option's value if it was given; `parse` makes a Parsed<T> of its text.
  template <typename Parse, typename T>
  void read(std::string_view option, Parse parse, T& into) {
    std::optional<std::string_view> text = textOf(option);
    if (text) store("--" + std::string(option), parse(*text), into);
  }

  // The same for the positional argument of that index; `what` names it in the error.
  template <typename Parse, typename T>
  void readPositional(std::size_t index, std::string_view what, Parse parse, T& into) {
    if (index < positional_.size()) store(std::string(what), parse(positional_[index]), into);
  }

  // Refuses more positional arguments than that.
  void limitPositional(std::size_t most);
  // Refuses options that do not go with `command`, by name.
  void allowOnly(std::span<const std::string_view> options, std::string_view command);
  // Refuses the two together.
  void exclude(std::string_view option, std::string_view other);

  void fail(std::string sentence);
  bool failed() const { return !error_.empty(); }

  // What the command line comes to: `options` only if nothing was wrong and no text asked for.
  template <typename Options>
  ParseResult<Options> result(Options options) const {
    if (shown_) return *shown_;
    if (failed()) return OptionError{error_};
    return options;
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
  std::vector<std::pair<std::string, std::string>> given_;  // Options in order, with their text.
  std::vector<std::string> positional_;
  std::optional<ShowText> shown_;
  std::string error_;
};

}  // namespace pi::cli
