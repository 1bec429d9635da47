#include <unistd.h>

#include <cstdlib>

#include "client/commands.h"
#include "client/output.h"
#include "client/top/feed.h"
#include "client/top/layout.h"
#include "client/top/viewer.h"
#include "common/base/quantity.h"
#include "common/cli/terminal.h"

namespace pi::client {
namespace {

// For a frame that is no terminal's.
std::size_t rowsOfFrame() {
  constexpr std::size_t kUsual = 24;
  constexpr std::uint64_t kMost = 10'000;
  const char* variable = std::getenv("LINES");
  if (variable == nullptr) return cli::windowRows(STDOUT_FILENO).value_or(kUsual);
  return parseWhole(variable, 1, kMost).value.value_or(kUsual);
}

void printFrame(top::Feed& feed) {
  top::State state;
  state.last = feed.snapshot(state);
  top::Size size{.columns = cli::layoutColumns(STDOUT_FILENO).value_or(top::Size{}.columns),
                 .rows = rowsOfFrame()};
  print(textOf(layout(state, size, {.isUtf8 = cli::isUtf8Locale(), .isStill = true})));
}

}  // namespace

ExitCode run(const command::Top& command, const Options& options) {
  net::KjLoop loop;
  bool isLive = !command.once && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
  top::Feed feed(loop, options, isLive ? top::Feed::Patience::kShort : top::Feed::Patience::kUsual);
  if (isLive) return top::Viewer(loop, feed).run();
  printFrame(feed);
  return ExitCode::kDone;
}

}  // namespace pi::client
