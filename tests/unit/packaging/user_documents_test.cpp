// The manual pages and the completions of the three programs have what their --help has.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "client/command_table.h"
#include "client/options.h"
#include "common/cli/help.h"
#include "packaging/completion.h"
#include "packaging/manual.h"
#include "packaging/option_list.h"
#include "scheduler/options.h"
#include "tests/unit/cli/options_testing.h"
#include "tests/unit/cli/sample_program.h"
#include "worker/options.h"

namespace pi::packaging {
namespace {

using cli::holds;

using Words = std::vector<std::string>;

constexpr std::size_t kColumns = 80;
constexpr Edition kEdition{.version = "1.2.3", .date = "2026-01-31"};

std::vector<cli::Program> programs() {
  return {client::commandTable(), schedulerCommandTable(), workerCommandTable()};
}

// The long options in the lists of a help, without "--".
Words optionsIn(const std::string& help) {
  Words options;
  std::istringstream lines(help.substr(help.find("\nOptions:\n")));
  for (std::string line; std::getline(lines, line);) {
    // "  -j, --json  ...": what is further right is text.
    auto at = line.find("--");
    if (at == 6) options.push_back(line.substr(at + 2, line.find_first_of(" \n", at) - at - 2));
  }
  return options;
}

std::string helpOf(const cli::Program& program, const cli::Command& command) {
  return commandHelp(program, command, kColumns);
}

// As a name is written on a manual page.
std::string onPage(const std::string& name) {
  std::string text;
  for (char c : name) text += c == '-' ? "\\-" : std::string(1, c);
  return text;
}

// The section of a command; the whole page if the program has no commands.
std::string sectionOf(const std::string& page, const cli::Program& program,
                      const cli::Command& command) {
  if (command.name.empty()) return page;
  auto begin = page.find(".SS \"" + onPage(cli::wordsOf(program, command)) + "\"");
  REQUIRE(begin != page.npos);
  return page.substr(begin, page.find("\n.S", begin + 1) - begin);
}

Words wordsIn(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word && word != ">" && word != "2>&1";) words.push_back(word);
  return words;
}

std::string errorOf(const std::string& program, const Words& words) {
  if (program == "pi-client") return client::parseOptions(words).error;
  return program == "pi-worker" ? parseWorkerOptions(words).error
                                : parseSchedulerOptions(words).error;
}

}  // namespace

TEST_CASE("a manual page has every command and option of --help, in the section of the command") {
  for (const cli::Program& program : programs()) {
    CAPTURE(program.name);
    std::string page = manualPage(program, kEdition);
    for (const cli::Command& command : program.commands) {
      CAPTURE(command.name);
      std::string section = sectionOf(page, program, command);
      Words options = optionsIn(helpOf(program, command));
      CHECK(options.size() > 2);
      for (const std::string& option : options) {
        CAPTURE(option);
        CHECK(holds(page, "\\fB\\-\\-" + onPage(option) + "\\fR"));
        bool isUniversal = option == "help" || option == "version";
        CHECK((isUniversal || holds(section, onPage("--" + option))));
      }
      for (std::string_view example : command.examples) {
        CHECK(holds(page, onPage(std::string(example.substr(0, 12)))));
      }
    }
  }
}

TEST_CASE("the completion of each shell has every command and option of --help") {
  for (const cli::Program& program : programs()) {
    CAPTURE(program.name);
    std::string bash = bashCompletion(program);
    std::string zsh = zshCompletion(program);
    std::string fish = fishCompletion(program);
    for (const cli::Command& command : program.commands) {
      CAPTURE(command.name);
      std::string name(command.name);
      CHECK(holds(bash, "'" + name + "')\n"));
      CHECK(holds(zsh, name));
      CHECK((name.empty() || holds(fish, " -a " + name + " -d ")));
      std::string help = helpOf(program, command);
      // Users need no options for tests.
      for (const std::string& option : optionsIn(help.substr(0, help.find("\nFor tests:")))) {
        CAPTURE(option);
        CHECK(holds(bash, "--" + option));
        CHECK((holds(zsh, "--" + option + "=[") || holds(zsh, "--" + option + "[")));
        CHECK(holds(fish, " -l " + option + " "));
      }
    }
  }
}

TEST_CASE("roff finds only the requests that a manual page means") {
  const Words requests = {"TH", "nh", "ad", "SH", "SS", "PP", "TP", "br", "nf", "fi", "\\\""};
  for (const cli::Program& program : programs()) {
    std::istringstream page(manualPage(program, kEdition));
    for (std::string line; std::getline(page, line);) {
      CAPTURE(line);
      CHECK_FALSE(line.starts_with("'"));
      if (!line.starts_with(".")) continue;
      std::string request = line.substr(1, line.find(' ') - 1);
      CHECK(std::ranges::find(requests, request) != requests.end());
    }
  }
}

TEST_CASE("a manual page says which commands take an option") {
  std::string page = manualPage(cli::sampleProgram(), kEdition);
  CHECK(holds(page, ".TH OVEN 1 2026-01-31 \"pi 1.2.3\""));
  CHECK(holds(page,
              "\\fB\\-\\-heat\\fR \\fIN\\fR\nTemperature in degrees Celsius\n"
              "(default: 180)\n(with \\fBbake\\fR)\n"));
  CHECK(holds(page, "\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\nSay nothing\n.TP\n"));
  CHECK(holds(page, ".SH \"OPTIONS FOR TESTS\"\n.TP\n\\fB\\-\\-fan\\fR"));
}

TEST_CASE("an option with another help for another command is there twice, and else once") {
  std::vector<ListedOption> options = optionsOf(client::commandTable());
  auto count = [&options](std::string_view name) {
    return std::ranges::count(options, name, [](const auto& each) { return each.option.name; });
  };
  CHECK(count("timeout") == 2);
  CHECK(count("seed") == 1);
  // Each of the scheduler's commands has a row of its own for it.
  CHECK(std::ranges::count(optionsOf(schedulerCommandTable()), "connection-file",
                           [](const auto& each) { return each.option.name; }) == 1);
}

TEST_CASE("a program takes every word that the completion offers for a value") {
  int offers = 0;
  for (const cli::Program& program : programs()) {
    for (const cli::Command& command : program.commands) {
      for (const cli::Option& option : optionsOf(program, command)) {
        for (std::string_view value : option.words) {
          Words words = wordsIn(std::string(command.examples.front()));
          words.erase(words.begin());
          words.push_back("--" + std::string(option.name));
          words.emplace_back(value);
          CAPTURE(words);
          CHECK(errorOf(std::string(program.name), words) == "");
          ++offers;
        }
      }
    }
  }
  CHECK(offers > 20);
}

TEST_CASE("a program takes every word that the completion offers for an argument") {
  for (const cli::Program& program : programs()) {
    for (const cli::Command& command : program.commands) {
      for (std::string_view word : argumentWords(program, command)) {
        Words words = wordsIn(std::string(command.examples.front()));
        words.erase(words.begin());
        words.at(1) = word;
        CAPTURE(words);
        CHECK(errorOf(std::string(program.name), words) == "");
      }
    }
  }
}

}  // namespace pi::packaging
