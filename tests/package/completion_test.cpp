// The completions in real shells, and the manual pages in real readers.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cluster/cluster.h"

namespace pi::cluster {
namespace {

using Offers = std::set<std::string>;

const std::string kShare = PI_SHARE_FOLDER;
const std::string kScripts = PI_SOURCE_DIRECTORY "/tests/package/";

// How each shell is asked what it offers.
const Words kShells = {
    "bash --norc " + kScripts + "offers.bash " + kShare,
    "fish --no-config " + kScripts + "offers.fish " + kShare,
    "zsh -f " + kScripts + "offers.zsh " + kShare + " \"$HOME/offers\"",
};

// The words that the shell offers for the last one of this line.
Offers offered(Home& home, const std::string& shell, const std::string& line) {
  Ended ended = home.runShell(shell + " " + line);
  CHECK(ended.err == "");
  Offers offers;
  std::istringstream lines(ended.out);
  for (std::string each; std::getline(lines, each);) {
    if (!each.empty()) offers.insert(each);
  }
  return offers;
}

// The long options in the section "Options:" of a help.
Offers optionsIn(const std::string& help) {
  Offers options;
  std::istringstream lines(help.substr(help.find("\nOptions:\n") + 1));
  for (std::string line; std::getline(lines, line) && line != "For tests:";) {
    // "  -j, --json  ...": what is further right is text.
    auto at = line.find("--");
    if (at != 6) continue;
    options.insert(line.substr(at, line.find_first_of(" \n", at) - at));
  }
  return options;
}

// The commands in the usage of a program's help.
Offers commandsIn(const std::string& program, const std::string& help) {
  Offers commands;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    std::string start = "  " + program + " ";
    if (!line.starts_with(start)) continue;
    std::string word = line.substr(start.size(), line.find(' ', start.size()) - start.size());
    bool isCommand = std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
    if (isCommand && !word.empty()) commands.insert(word);
  }
  return commands;
}

}  // namespace

TEST_CASE("each shell offers the commands and the options that --help shows") {
  Home home;
  const Words programs = {"pi-client", "pi-scheduler", "pi-worker"};
  const std::string variables[] = {"$PI_CLIENT", "$PI_SCHEDULER", "$PI_WORKER"};
  for (std::size_t i = 0; i < programs.size(); ++i) {
    std::string help = home.runShell(variables[i] + " --help").out;
    Offers commands = commandsIn(programs[i], help);
    CHECK(commands.empty() == (programs[i] == "pi-worker"));
    for (const std::string& shell : kShells) {
      CAPTURE(shell);
      Offers offers = offered(home, shell, programs[i] + " ''");
      for (const std::string& command : commands) {
        CAPTURE(command);
        CHECK(offers.contains(command));
        Offers options = optionsIn(home.runShell(variables[i] + " " + command + " --help").out);
        CHECK(options.size() > 2);
        CHECK(offered(home, shell, programs[i] + " " + command + " --") == options);
      }
      bool worksAlone = programs[i] != "pi-client";
      if (worksAlone) CHECK(offered(home, shell, programs[i] + " --") == optionsIn(help));
    }
  }
}

TEST_CASE("each shell offers the words that a value or an argument may be") {
  Home home;
  for (const std::string& shell : kShells) {
    CAPTURE(shell);
    auto offers = [&](const std::string& line) { return offered(home, shell, line); };
    CHECK(offers("pi-client run 1e9 --sampler ''") == Offers{"random", "sobol"});
    // A number stands for run.
    CHECK(offers("pi-client 1e9 --sampler s") == Offers{"sobol"});
    CHECK(offers("pi-client 1e9 --wait-w") == Offers{"--wait-workers"});
    // The value of an option is no command.
    CHECK(offers("pi-client --scheduler wait list --st") == Offers{"--state"});
    CHECK(offers("pi-client status ''") == Offers{"last"});
    CHECK(offers("pi-scheduler access w") == Offers{"worker"});
    CHECK(offers("pi-scheduler elastic ''") == Offers{"list", "pause", "resume", "dry-run"});
    CHECK(offers("pi-scheduler --log-level w") == Offers{"warning"});
    CHECK(offers("pi-worker --device c") == Offers{"cpu"});
  }
}

TEST_CASE("each shell offers files where an option takes one") {
  Home home;
  std::string there = "cd \"$HOME\" && mkdir -p folder && touch file && ";
  for (const std::string& shell : kShells) {
    CAPTURE(shell);
    auto offers = [&](const std::string& line) {
      std::istringstream words(home.runShell(there + shell + " " + line).out);
      Offers found;
      for (std::string word; words >> word;) {
        found.insert(word.ends_with('/') ? word.substr(0, word.size() - 1) : word);
      }
      return found;
    };
    CHECK(offers("pi-client report 7 -o fi").contains("file"));
    CHECK(offers("pi-scheduler --state-dir fo").contains("folder"));
    CHECK_FALSE(offers("pi-scheduler --state-dir fi").contains("file"));
  }
}

TEST_CASE("each shell can read its completions, and shellcheck finds nothing in those of bash") {
  Home home;
  for (const char* program : {"pi-client", "pi-scheduler", "pi-worker"}) {
    CAPTURE(program);
    std::string name = program;
    Ended ended =
        home.runShell("cd " + kShare + " && bash -n bash-completion/completions/" + name +
                      " && shellcheck -s bash bash-completion/completions/" + name +
                      " && zsh -n zsh/site-functions/_" + name +
                      " && fish --no-execute fish/vendor_completions.d/" + name + ".fish");
    CHECK(ended.exitCode == 0);
    CHECK(ended.out + ended.err == "");
  }
}

TEST_CASE("man and mandoc find nothing wrong in the manual pages") {
  Home home;
  for (const char* program : {"pi-client", "pi-scheduler", "pi-worker"}) {
    CAPTURE(program);
    std::string page = kShare + "/man/man1/" + program + ".1";
    Ended lint = home.runShell("mandoc -T lint -W warning " + page);
    CHECK(lint.out == "");
    CHECK(lint.exitCode == 0);
    // Without a width, groff has no room for the longest words.
    Ended shown = home.runShell("MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings -l " + page);
    CHECK(shown.err == "");
    CHECK(shown.exitCode == 0);
    CHECK(mentions(shown.out, std::string(program) + " - "));
  }
}

}  // namespace pi::cluster
