// A program with two commands, for tests of the command line.
#pragma once

#include <array>
#include <string_view>

#include "common/cli/program.h"
#include "common/cli/values.h"

namespace pi::cli {

inline Program sampleProgram() {
  using namespace std::string_view_literals;
  static constexpr std::array kBakeExamples{"oven bake 3 --heat 200"sv};
  static constexpr std::array kBake{"bake"sv};
  static constexpr std::array kCool{"cool"sv};
  static constexpr std::array kCommands{
      Command{.name = "bake",
              .arguments = "LOAVES",
              .argumentsMin = 1,
              .argumentsMax = 1,
              .summary = "bake bread",
              .about = "Bakes bread and says when it is done.",
              .examples = kBakeExamples},
      Command{.name = "cool", .summary = "open the door"},
  };
  static constexpr std::array kPlaceholders{Placeholder{"LOAVES", "a number of loaves"},
                                            kDurationPlaceholder};
  return {.name = "oven",
          .commands = kCommands,
          .options = {{.name = "heat",
                       .value = "N",
                       .help = "Temperature in degrees Celsius",
                       .standard = "180",
                       .commands = kBake},
                      {.name = "wait", .value = "D", .help = "Wait first", .commands = kCool},
                      {.name = "quiet", .help = "Say nothing", .letter = 'q'},
                      {.name = "light", .help = "Switch the light on", .notFor = kCool},
                      {.name = "fan",
                       .help = "Turn the fan",
                       .commands = kBake,
                       .audience = Audience::kTests}},
          .placeholders = kPlaceholders,
          .about = "An oven.",
          .shorthand = "bake",
          .meansShorthand = [](std::string_view word) { return word == "3"; },
          .alternative = "a number of loaves",
          .wordless = "say what to do; see oven --help"};
}

}  // namespace pi::cli
