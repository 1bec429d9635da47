#include "client/top/screen.h"

#include <curses.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <string>

#include "client/failure.h"
#include "client/top/crash_guard.h"
#include "client/top/terminal_kind.h"

namespace pi::client::top {
namespace {

// How long the rest of a key's bytes may take after an Esc, in milliseconds; ssh delays them.
constexpr int kEscapeDelay = 50;

enum Pair : short { kTitlePair = 1, kActivePair, kWarningPair, kBadPair };

bool wantsColours() {
  const char* none = std::getenv("NO_COLOR");
  return has_colors() && (none == nullptr || *none == '\0');
}

void initColours() {
  if (!wantsColours()) return;
  start_color();
  use_default_colors();
  constexpr short kOwn = -1;  // The terminal's own colour.
  init_pair(kTitlePair, COLOR_WHITE, COLOR_BLUE);
  init_pair(kActivePair, COLOR_CYAN, kOwn);
  init_pair(kWarningPair, COLOR_YELLOW, kOwn);
  init_pair(kBadPair, COLOR_RED, kOwn);
}

attr_t coloured(Pair pair, attr_t attributes, attr_t withoutColours) {
  return wantsColours() ? attributes | COLOR_PAIR(pair) : withoutColours;
}

attr_t attributesOf(Style style) {
  switch (style) {
    case Style::kPlain:
      break;
    case Style::kTitle:
      return coloured(kTitlePair, A_BOLD, A_REVERSE);
    case Style::kPanel:
    case Style::kFaint:
      return A_DIM;
    case Style::kActivePanel:
      return coloured(kActivePair, A_BOLD, A_BOLD);
    case Style::kColumns:
    case Style::kStrong:
      return A_BOLD;
    case Style::kSelected:
      return A_REVERSE;
    case Style::kWarning:
      return coloured(kWarningPair, A_NORMAL, A_BOLD);
    case Style::kBad:
      return coloured(kBadPair, A_BOLD, A_BOLD | A_REVERSE);
  }
  return A_NORMAL;
}

std::optional<Key> keyOf(wint_t code) {
  switch (code) {
    case KEY_UP:
      return Key::kUp;
    case KEY_DOWN:
      return Key::kDown;
    case KEY_PPAGE:
      return Key::kPageUp;
    case KEY_NPAGE:
      return Key::kPageDown;
    case KEY_HOME:
      return Key::kHome;
    case KEY_END:
      return Key::kEnd;
    case KEY_ENTER:
      return Key::kEnter;
    case KEY_BACKSPACE:
      return Key::kBackspace;
    default:
      return std::nullopt;
  }
}

// Terminals have two codes for these keys, and TERM often names another terminal than the real one.
void defineCursorKeys() {
  for (const char* begin : {"\x1b[", "\x1bO"}) {
    for (auto [end, key] :
         {std::pair{'A', KEY_UP}, {'B', KEY_DOWN}, {'H', KEY_HOME}, {'F', KEY_END}}) {
      define_key((std::string(begin) + end).c_str(), key);
    }
  }
}

std::optional<KeyPress> pressOf(wchar_t character) {
  constexpr wchar_t kEscapeCharacter = 27;
  constexpr wchar_t kDeleteCharacter = 127;
  if (character == L'\t') return KeyPress{.key = Key::kTab};
  if (character == L'\n' || character == L'\r') return KeyPress{.key = Key::kEnter};
  if (character == kEscapeCharacter) return KeyPress{.key = Key::kEscape};
  if (character == L'\b' || character == kDeleteCharacter) return KeyPress{.key = Key::kBackspace};
  if (character < L' ') return std::nullopt;
  std::array<char, MB_LEN_MAX> bytes{};
  std::mbstate_t state{};
  std::size_t count = std::wcrtomb(bytes.data(), character, &state);
  if (count == static_cast<std::size_t>(-1)) return std::nullopt;
  return KeyPress{.text = std::string(bytes.data(), count)};
}

}  // namespace

Screen::Screen() {
  if (auto why = whyNotDrawable()) throw Failure(ExitCode::kFailed, *why);
  CrashGuard::remember();
  if (newterm(nullptr, stdout, stdin) == nullptr) {
    throw Failure(ExitCode::kFailed, "the screen cannot be opened; use 'pi-client top --once'");
  }
  CrashGuard::arm();
  cbreak();  // Ctrl-C and Ctrl-Z stay signals.
  noecho();
  curs_set(0);
  keypad(stdscr, TRUE);
  defineCursorKeys();
  nodelay(stdscr, TRUE);
  set_escdelay(kEscapeDelay);
  initColours();
}

Screen::~Screen() {
  endwin();
  CrashGuard::disarm();
}

Size Screen::size() const {
  return {.columns = static_cast<std::size_t>(getmaxx(stdscr)),
          .rows = static_cast<std::size_t>(getmaxy(stdscr))};
}

void Screen::draw(const std::vector<Line>& lines) {
  werase(stdscr);
  for (std::size_t row = 0; row < lines.size(); ++row) {
    wmove(stdscr, static_cast<int>(row), 0);
    for (const Span& span : lines[row]) {
      wattrset(stdscr, static_cast<int>(attributesOf(span.style)));
      waddstr(stdscr, span.text.c_str());
    }
  }
  wattrset(stdscr, A_NORMAL);
  wrefresh(stdscr);
}

std::optional<KeyPress> Screen::nextKey() {
  wint_t code = 0;
  for (int kind = wget_wch(stdscr, &code); kind != ERR; kind = wget_wch(stdscr, &code)) {
    std::optional<KeyPress> press;
    if (kind != KEY_CODE_YES) {
      press = pressOf(static_cast<wchar_t>(code));
    } else if (std::optional<Key> key = keyOf(code)) {
      press = KeyPress{.key = *key};
    }
    if (press) return press;
  }
  return std::nullopt;
}

void Screen::resize() {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0) return;
  if (window.ws_row > 0 && window.ws_col > 0) resizeterm(window.ws_row, window.ws_col);
}

void Screen::suspend() {
  endwin();
  struct sigaction ours {};
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(SIGTSTP, &standard, &ours);
  ::kill(::getpid(), SIGTSTP);  // Not SIGSTOP, which would stop it also without a shell.
  ::sigaction(SIGTSTP, &ours, nullptr);
}

void Screen::resume() {
  reset_prog_mode();
  resize();
  clearok(stdscr, TRUE);
  curs_set(0);
}

}  // namespace pi::client::top
