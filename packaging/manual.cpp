#include "packaging/manual.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "packaging/manual_facts.h"
#include "packaging/option_list.h"

namespace pi::packaging {
namespace {

using std::string;
using std::string_view;

constexpr string_view kParagraph = ".PP\n";

// Text as it is to be printed: roff gives some characters another meaning or another look.
string plain(string_view text) {
  string result;
  for (char c : text) {
    switch (c) {
      case '\\':
        result += "\\e";
        break;
      case '-':
        result += "\\-";
        break;
      case '\'':
        result += "\\(aq";
        break;
      case '`':
        result += "\\(ga";
        break;
      case '^':
        result += "\\(ha";
        break;
      case '~':
        result += "\\(ti";
        break;
      case '"':
        result += "\\(dq";
        break;
      default:
        result += c;
    }
  }
  return result;
}

string bold(string_view text) { return "\\fB" + plain(text) + "\\fR"; }
string italic(string_view text) { return "\\fI" + plain(text) + "\\fR"; }

// A line of running text: a point in front would make it a request.
string line(const string& text) { return (text.starts_with('.') ? "\\&" : "") + text + "\n"; }

// Running text: each sentence on a line of its own, so that roff sets the space after it.
string sentences(string_view text) {
  string lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(".  "), text.size());
    std::size_t length = std::min(end + 1, text.size());
    lines += line(plain(text.substr(0, length)));
    text.remove_prefix(std::min(length + 2, text.size()));
  }
  return lines;
}

string paragraphs(string_view text) {
  string lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find("\n\n"), text.size());
    lines += string(kParagraph) + sentences(text.substr(0, end));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return lines;
}

// A paragraph needs no request behind a title.
string section(string_view title, string_view content) {
  if (content.empty()) return "";
  if (content.starts_with(kParagraph)) content.remove_prefix(kParagraph.size());
  return ".SH \"" + string(title) + "\"\n" + string(content);
}

string entry(const string& term, const string& text) { return ".TP\n" + term + "\n" + text; }

// "SAMPLES [CHUNK]": words in italics, brackets and points upright.
string arguments(string_view text) {
  string result, word;
  auto flush = [&result, &word] {
    if (!word.empty()) result += italic(word);
    word.clear();
  };
  for (char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    flush();
    result += c;
  }
  flush();
  return result;
}

string usage(const cli::Program& program, const cli::Command& command) {
  string text = bold(cli::wordsOf(program, command));
  if (!command.arguments.empty()) text += " " + arguments(command.arguments);
  return text;
}

string synopsis(const cli::Program& program) {
  string text;
  for (const cli::Command& command : program.commands) {
    if (!text.empty()) text += ".br\n";
    text += usage(program, command) + " [" + italic("options") + "]\n";
  }
  return text;
}

// Lines that are printed as they are.
template <typename Lines>
string examples(const Lines& lines) {
  string text;
  for (string_view each : lines) text += line(plain(each));
  return text.empty() ? text : string(kParagraph) + ".nf\n" + text + ".fi\n";
}

string spellings(const cli::Option& option) {
  string text;
  for (const string& each : spellingsOf(option)) text += (text.empty() ? "" : ", ") + bold(each);
  return option.value.empty() ? text : text + " " + arguments(option.value);
}

// The summary of a command as a sentence.
string sentenceOf(string_view summary) {
  string text(summary);
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

string commandSection(const cli::Program& program, const cli::Command& command) {
  std::vector<string> options;
  for (const cli::Option& option : program.options) {
    string name = bold("--" + string(option.name));
    bool isKnown = std::ranges::find(options, name) != options.end();
    if (takes(command, option) && !isKnown) options.push_back(name);
  }
  string text = ".SS \"" + plain(cli::wordsOf(program, command)) + "\"\n" +
                usage(program, command) + "\n" +
                paragraphs(command.about.empty() ? sentenceOf(command.summary) : command.about);
  if (!options.empty()) text += string(kParagraph) + "Options: " + joined(options, ",\n") + "\n";
  return text + examples(command.examples);
}

string commandSections(const cli::Program& program) {
  string text;
  for (const cli::Command& command : program.commands) {
    if (!command.name.empty()) text += commandSection(program, command);
  }
  return text;
}

string entries(std::span<const cli::Placeholder> list, string (*look)(string_view)) {
  string text;
  for (const cli::Placeholder& each : list) text += entry(look(each.name), sentences(each.help));
  return text;
}

string commandNames(const std::vector<string_view>& commands) {
  std::vector<string> names;
  for (string_view name : commands) {
    if (!name.empty()) names.push_back(bold(name));
  }
  return joined(names, ",\n");
}

// Which commands take an option, or which do not.  Where a program does something without a
// command, that is what its options are for, unless they say otherwise.
string takers(const cli::Program& program, const ListedOption& listed) {
  std::vector<string_view> others;
  for (const cli::Command& command : program.commands) {
    bool isTaker = std::ranges::find(listed.commands, command.name) != listed.commands.end();
    if (!isTaker) others.push_back(command.name);
  }
  bool worksAlone = std::ranges::find(listed.commands, "") != listed.commands.end();
  if (others.empty() || (worksAlone && listed.commands.size() == 1)) return "";
  if (!worksAlone && others.size() < listed.commands.size()) {
    return "(not with " + commandNames(others) + ")\n";
  }
  return (worksAlone ? "(also with " : "(with ") + commandNames(listed.commands) + ")\n";
}

string options(const cli::Program& program, cli::Audience audience) {
  string text;
  for (const ListedOption& listed : optionsOf(program)) {
    const cli::Option& option = listed.option;
    if (option.audience != audience) continue;
    string help = sentences(option.help);
    if (!option.standard.empty()) help += "(default: " + plain(option.standard) + ")\n";
    text += entry(spellings(option), help + takers(program, listed));
  }
  return text;
}

string others(string_view name) {
  std::vector<string> pages;
  for (string_view each : {"pi-scheduler", "pi-worker", "pi-client"}) {
    if (each != name) pages.push_back(bold(each) + "(1)");
  }
  return joined(pages, ",\n") + "\n";
}

}  // namespace

string manualPage(const cli::Program& program, const Edition& edition) {
  const cli::Command* nameless = cli::findCommand(program, "");
  string title(program.name);
  std::ranges::transform(title, title.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  string text = ".\\\" Made from the table of options of " + string(program.name) + ".\n";
  text += ".TH " + plain(title) + " 1 " + string(edition.date) + " \"pi " +
          string(edition.version) + "\" \"User Commands\"\n";
  text += ".nh\n.ad l\n";  // Names of options and files must not be broken.
  text += section("NAME", plain(program.name) + " \\- " + plain(program.summary) + "\n");
  text += section("SYNOPSIS", synopsis(program));
  string about = paragraphs(program.about);
  if (nameless != nullptr) about += paragraphs(nameless->about);
  text += section("DESCRIPTION", about);
  text += section("COMMANDS", commandSections(program));
  text += section("ARGUMENTS AND VALUES", entries(program.placeholders, italic));
  text += section("OPTIONS", options(program, cli::Audience::kEveryone));
  text += section("OPTIONS FOR TESTS", options(program, cli::Audience::kTests));
  text += section("EXIT STATUS", entries(exitCodesOf(program.name), bold));
  text += section("ENVIRONMENT", entries(environmentOf(program.name), bold));
  text += section("FILES", entries(filesOf(program.name), italic));
  if (nameless != nullptr) text += section("EXAMPLES", examples(nameless->examples));
  return text + section("SEE ALSO", others(program.name));
}

}  // namespace pi::packaging
