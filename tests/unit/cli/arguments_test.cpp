#include "common/cli/arguments.h"

#include "tests/unit/cli/options_testing.h"
#include "tests/unit/cli/sample_program.h"

namespace pi::cli {
namespace {

using Words = std::vector<std::string>;

struct Given {
  std::string command;
  Words arguments;
};

ParseResult<Given> parsed(const Words& words) {
  Arguments given(sampleProgram(), words);
  return given.result(Given{std::string(given.command()), given.positional()});
}

std::string error(const Words& words) { return errorOf(parsed(words)); }
std::string shown(const Words& words) { return shownBy(parsed(words)); }

TEST_CASE("the first word is the command, unless it stands for one") {
  CHECK(accepted(parsed({"bake", "3"})).command == "bake");
  CHECK(accepted(parsed({"bake", "3"})).arguments == Words{"3"});
  CHECK(accepted(parsed({"3"})).command == "bake");
  CHECK(accepted(parsed({"3"})).arguments == Words{"3"});
  CHECK(accepted(parsed({"cool", "--quiet"})).command == "cool");
}

TEST_CASE("an unknown word gets a suggestion, or the list of commands") {
  CHECK(error({"bkae", "3"}) == "\"bkae\" is not a command; did you mean bake?");
  CHECK(error({"coool"}) == "\"coool\" is not a command; did you mean cool?");
  CHECK(error({"hlep"}) == "\"hlep\" is not a command; did you mean help?");
  CHECK(error({"fry"}) ==
        "\"fry\" is not a command; write one of bake and cool, or a number of loaves");
  CHECK(error({}) == "say what to do; see oven --help");
}

TEST_CASE("an unknown option gets a suggestion, or the way to the help") {
  CHECK(error({"bake", "3", "--haet", "1"}) == "\"--haet\" is not an option; did you mean --heat?");
  CHECK(error({"--quit=3"}) == "\"--quit\" is not an option; did you mean --quiet?");
  CHECK(error({"bake", "3", "--butter"}) == "\"--butter\" is not an option; see oven --help");
  CHECK(error({"cool", "-x"}) == "\"-x\" is not an option; see oven --help");
  // An option for tests is no help for a user.
  CHECK(error({"bake", "3", "--fam"}) == "\"--fam\" is not an option; see oven --help");
}

TEST_CASE("an option of another command names the commands that take it") {
  CHECK(error({"cool", "--heat", "1"}) ==
        "--heat cannot be used with cool; it is an option of bake");
}

TEST_CASE("an option that all commands take but one is refused by that one") {
  CHECK(error({"bake", "3", "--light"}) == "");
  CHECK(error({"cool", "--light"}) == "--light cannot be used with cool; leave it out");
  CHECK_FALSE(holds(shown({"cool", "--help"}), "--light"));
  CHECK(holds(shown({"--help"}), "--light"));
}

TEST_CASE("a short option means the long one, also in a group") {
  Arguments given(sampleProgram(), {"cool", "-q"});
  CHECK(given.has("quiet"));
  CHECK(shown({"cool", "-qh"}) == shown({"cool", "--help"}));
  CHECK(shown({"-V"}) == shown({"--version"}));
}

TEST_CASE("a missing argument, one too many and a missing value are errors with a way out") {
  CHECK(error({"bake"}) == "bake needs LOAVES, for example oven bake 3 --heat 200");
  CHECK(error({"bake", "3", "4"}) == "\"4\" is one argument too many; see oven bake --help");
  CHECK(error({"bake", "3", "--heat"}) ==
        "\"--heat\" needs a value; write it after the option, or see oven --help");
  CHECK(error({"-5"}) == "\"-5\" is negative; write it without '-'");
}

TEST_CASE("a command may take the words after -- as they are") {
  Program program = sampleProgram();
  std::vector<Command> commands(program.commands.begin(), program.commands.end());
  commands[1].takesRest = true;
  program.commands = commands;
  Arguments cool(program, {"cool", "-q", "--", "--heat", "-x", "--"});
  CHECK_FALSE(cool.failed());
  CHECK(cool.rest() == std::vector<std::string>{"--heat", "-x", "--"});
  CHECK(cool.given().size() == 1);
  CHECK(Arguments(program, {"cool", "--"}).rest() == std::vector<std::string>{});
  CHECK_FALSE(Arguments(program, {"cool"}).rest());

  Arguments bake(program, {"bake", "--", "3"});
  CHECK_FALSE(bake.rest());
  CHECK(bake.positional() == std::vector<std::string>{"3"});
}

TEST_CASE("the options are also there in the order of the command line") {
  Arguments given(sampleProgram(), {"bake", "--heat", "1", "3", "-q", "--heat=2"});
  using Pair = std::pair<std::string, std::string>;
  CHECK(given.given() == std::vector<Pair>{{"heat", "1"}, {"quiet", "true"}, {"heat", "2"}});
}

TEST_CASE("help and version work as words") {
  CHECK(shown({"help"}) == shown({"--help"}));
  CHECK(shown({"help", "bake"}) == shown({"bake", "--help"}));
  CHECK(shown({"version"}) == shown({"--version"}));
  CHECK(error({"help", "bkae"}) == "\"bkae\" is not a command; did you mean bake?");
  CHECK(shown({"version"}).starts_with("oven "));
}

TEST_CASE("--help shows the help of the command, whatever else is on the command line") {
  CHECK(shown({"bake", "--help"}).starts_with("Usage:\n  oven bake LOAVES\n"));
  CHECK(shown({"3", "--help"}) == shown({"bake", "--help"}));
  CHECK(shown({"bake", "--help", "--butter", "1", "2"}) == shown({"bake", "--help"}));
  CHECK(shown({"fry", "--help"}) == shown({"--help"}));
}

TEST_CASE("the help of a command has its own options, their defaults and the units") {
  CHECK(shown({"bake", "--help"}) ==
        "Usage:\n"
        "  oven bake LOAVES\n"
        "\n"
        "Bakes bread and says when it is done.\n"
        "\n"
        "  LOAVES  a number of loaves\n"
        "\n"
        "Examples:\n"
        "  oven bake 3 --heat 200\n"
        "\n"
        "Options:\n"
        "      --heat N                Temperature in degrees Celsius (default: 180)\n"
        "  -q, --quiet                 Say nothing\n"
        "      --light                 Switch the light on\n"
        "  -h, --help                  Print this help and exit\n"
        "  -V, --version               Print the versions of program, protocol and\n"
        "                              stream, and the commit, and exit\n"
        "\n"
        "For tests:\n"
        "      --fan                   Turn the fan\n");
  CHECK(holds(shown({"cool", "--help"}), "D       a duration"));
  CHECK_FALSE(holds(shown({"cool", "--help"}), "--heat"));
}

TEST_CASE("the help of the program has its commands and the options of all of them") {
  std::string help = shown({"--help"});
  CHECK(
      help.starts_with("Usage:\n"
                       "  oven bake LOAVES  bake bread\n"
                       "  oven cool         open the door\n"
                       "\n"
                       "An oven.\n"));
  CHECK(holds(help, "--quiet"));
  CHECK_FALSE(holds(help, "--heat N"));
  CHECK(holds(help, "oven COMMAND --help"));
}

TEST_CASE("the help fits the terminal") {
  auto parsedHelp = parsed({"bake", "--help"});
  const auto& shownText = std::get<ShowText>(*parsedHelp.value);
  for (std::size_t columns : {40, 60, 80, 100}) {
    CAPTURE(columns);
    std::string help = shownText.text(columns);
    for (std::size_t begin = 0; begin < help.size();) {
      std::size_t end = help.find('\n', begin);
      CHECK(end - begin <= columns);
      begin = end + 1;
    }
  }
}

}  // namespace
}  // namespace pi::cli
