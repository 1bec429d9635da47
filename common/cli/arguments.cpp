#include "common/cli/arguments.h"

#include <algorithm>
#include <cstdio>
#include <cxxopts.hpp>

#include "common/base/printable.h"
#include "common/model/version.h"

namespace pi::cli {
namespace {

constexpr char kPositional[] = "positional";

std::string helpLine(const Option& option) {
  constexpr std::size_t kHelpColumn = 33;
  std::string line = "  --" + std::string(option.name);
  if (!option.value.empty()) line += " " + std::string(option.value);
  line.resize(std::max(line.size() + 2, kHelpColumn), ' ');
  for (char c : option.help) {
    line += c;
    if (c == '\n') line.append(kHelpColumn, ' ');
  }
  return line + "\n";
}

std::string helpLines(std::span<const Option> options, Audience audience) {
  std::string lines;
  for (const Option& option : options) {
    if (option.audience == audience) lines += helpLine(option);
  }
  return lines;
}

std::string helpText(const Program& program) {
  std::string text(program.usage);
  text += "\nOptions:\n" + helpLines(program.options, Audience::kEveryone);
  text += helpLine({.name = "help", .help = "Print this and exit"});
  text +=
      helpLine({.name = "version", .help = "Print version, protocol, stream and commit, and exit"});
  std::string forTests = helpLines(program.options, Audience::kTests);
  if (!forTests.empty()) text += "\nFor tests:\n" + forTests;
  return text;
}

cxxopts::Options parserFor(const Program& program) {
  cxxopts::Options parser{std::string(program.name)};
  auto add = parser.add_options();
  add("h,help", "")("version", "")(kPositional, "", cxxopts::value<std::vector<std::string>>());
  for (const Option& option : program.options) {
    if (option.value.empty()) {
      add(std::string(option.name), "");
    } else {
      add(std::string(option.name), "", cxxopts::value<std::string>());
    }
  }
  parser.parse_positional(kPositional);
  return parser;
}

bool isNegative(const std::string& argument) {
  return argument.size() > 1 && argument[0] == '-' && argument[1] >= '0' && argument[1] <= '9';
}

}  // namespace

ExitCode print(const ShowText& shown) {
  std::fputs(shown.text.c_str(), stdout);
  return ExitCode::kDone;
}

ExitCode printUsageError(std::string_view program, const std::string& sentence) {
  std::fputs((std::string(program) + ": " + sentence + "\n").c_str(), stderr);
  return ExitCode::kUsage;
}

Arguments::Arguments(const Program& program, const std::vector<std::string>& arguments)
    : program_(program.name) {
  std::string name(program.name);
  std::vector<const char*> raw{name.c_str()};
  for (const std::string& argument : arguments) raw.push_back(argument.c_str());
  try {
    cxxopts::ParseResult parsed =
        parserFor(program).parse(static_cast<int>(raw.size()), raw.data());
    for (const cxxopts::KeyValue& each : parsed.arguments()) {
      if (each.key() == kPositional) {
        positional_.push_back(each.value());
      } else {
        given_.emplace_back(each.key(), each.value());
      }
    }
    for (const Option& option : program.options) {
      if (option.value.empty() && textOf(option.name).value_or("true") != "true") {
        fail("--" + std::string(option.name) +
             " takes no value; leave out the '=' and the text after it");
      }
    }
  } catch (const cxxopts::exceptions::exception& fault) {
    // No option starts with a digit, so such an argument is a negative number.
    auto negative = std::find_if(arguments.begin(), arguments.end(), isNegative);
    if (negative != arguments.end()) fail(quoted(*negative) + " is negative; write it without '-'");
    fail(printable(fault.what()) + "; see " + name + " --help");
  }
  if (has("version")) shown_ = ShowText{versionText(program_)};
  if (has("help")) shown_ = ShowText{helpText(program)};
}

std::optional<std::string_view> Arguments::textOf(std::string_view option) const {
  // The last one wins, so that users can override the options that a script sets.
  auto found = std::find_if(given_.rbegin(), given_.rend(),
                            [option](const auto& each) { return each.first == option; });
  if (found == given_.rend()) return std::nullopt;
  return found->second;
}

bool Arguments::has(std::string_view option) const { return textOf(option).has_value(); }

void Arguments::limitPositional(std::size_t limit) {
  if (positional_.size() <= limit) return;
  fail(quoted(positional_[limit]) + " is one argument too many; see " + std::string(program_) +
       " --help");
}

void Arguments::allowOnly(std::span<const std::string_view> options, std::string_view command) {
  for (const auto& [name, text] : given_) {
    if (std::find(options.begin(), options.end(), name) != options.end()) continue;
    fail("--" + name + " cannot be used with " + std::string(command) + "; leave it out");
  }
}

std::vector<std::string> Arguments::optionsGiven() const {
  std::vector<std::string> names;
  for (const auto& [name, text] : given_) names.push_back(name);
  return names;
}

void Arguments::exclude(std::string_view option, std::string_view other) {
  if (!has(option) || !has(other)) return;
  fail("--" + std::string(option) + " and --" + std::string(other) +
       " cannot be used together; leave one of them out");
}

void Arguments::showHelpOf(const Program& program) {
  if (has("help")) shown_ = ShowText{helpText(program)};
}

void Arguments::fail(std::string sentence) {
  if (error_.empty()) error_ = std::move(sentence);
}

}  // namespace pi::cli
