// 'pi-client top' in a real tmux.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/base/lines.h"
#include "tests/can_run.h"
#include "tests/cluster/cluster.h"
#include "tests/cluster/jobs.h"

namespace pi::cluster {
namespace {

// In UTF-8.
std::size_t charactersOf(const std::string& line) {
  auto isFirst = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(line, isFirst));
}

// A server of tmux with one window, in which a shell runs that finds the programs of a home.
class Tmux {
 public:
  explicit Tmux(Home& home) : home_(home) {
    // The shell ends by itself if this process dies.
    std::string shell = "exec timeout --foreground 170 sh";
    expect("-u -f /dev/null new-session -d '" + shell + "'");
    expect("set-option -g status off");
    expect("resize-window -x 80 -y 24");
  }
  ~Tmux() { run("kill-server"); }
  Tmux(const Tmux&) = delete;
  Tmux& operator=(const Tmux&) = delete;

  std::string expect(const std::string& words) {
    Ended ended = run(words);
    if (ended.exitCode != 0) throw std::runtime_error("tmux " + words + ": " + ended.err);
    return ended.out;
  }
  void type(const std::string& line) { expect("send-keys -l '" + line + "'"); }
  void press(const std::string& key) { expect("send-keys " + key); }
  std::string screen() { return expect("capture-pane -p"); }
  // "alternate_on", "cursor_flag".
  bool isSet(const std::string& flag) {
    return expect("display-message -p '#{" + flag + "}'") == "1\n";
  }
  void waitFor(const std::string& text) {
    waitUntil("tmux shows '" + text + "'", [&] { return mentions(screen(), text); });
  }
  // Until the longest line is of this width, and the last one of so many lines is that of top.
  void waitForSize(std::size_t columns, std::size_t rows) {
    waitUntil("tmux shows a frame of " + std::to_string(columns) + " columns", [&] {
      std::vector<std::string> lines = linesOf(screen());
      std::size_t widest = 0;
      for (const std::string& line : lines) widest = std::max(widest, charactersOf(line));
      return widest == columns && lines.size() == rows && mentions(lines.back(), "q leave");
    });
  }

 private:
  Ended run(const std::string& words) {
    std::string socket = (home_.connectionFile().parent_path() / "tmux").string();
    return home_.runShell("LC_ALL=C.UTF-8 tmux -S " + socket + " " + words);
  }

  Home& home_;
};

bool hasTmux(Home& home) {
  if (home.runShell("command -v tmux").exitCode == 0) return true;
  return canRun("tmux", "it is not installed");
}

}  // namespace

TEST_CASE("top works in tmux: it fills the window, follows its size, and gives the terminal back") {
  Cluster cluster;
  if (!hasTmux(cluster)) return;
  cluster.addWorker({"--name", "node-1"});
  cluster.submit(kEndless, {"--name", "endless"});
  Tmux tmux(cluster);
  tmux.type("echo before $((20 + 1))");
  tmux.press("Enter");
  tmux.waitFor("before 21");
  for (const char* key : {"q", "C-c"}) {
    CAPTURE(key);
    tmux.type("\"$PI_CLIENT\" top");
    tmux.press("Enter");
    tmux.waitForSize(80, 24);
    tmux.waitFor("job 1 \"endless\"");
    tmux.waitFor("node-1");
    CHECK(tmux.isSet("alternate_on"));

    tmux.expect("resize-window -x 132 -y 40");
    tmux.waitForSize(132, 40);
    tmux.waitFor("node-1");
    tmux.expect("resize-window -x 80 -y 24");
    tmux.waitForSize(80, 24);

    tmux.press(key);
    waitUntil("the shell has its screen again", [&] { return !tmux.isSet("alternate_on"); });
    CHECK(mentions(tmux.screen(), "before 21"));
    CHECK_FALSE(mentions(tmux.screen(), "q leave"));
    CHECK(tmux.isSet("cursor_flag"));
    tmux.type("echo \"after $key $((30 + 1))\"");  // Echoed as it is typed.
    tmux.press("Enter");
    tmux.waitFor("after  31");
    tmux.type("clear; echo before $((20 + 1))");
    tmux.press("Enter");
    waitUntil("the screen is clear", [&] { return !mentions(tmux.screen(), "after"); });
  }
}

}  // namespace pi::cluster
