#include "common/cli/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "common/base/quantity.h"

namespace pi::cli {
namespace {

constexpr std::size_t kColumnsMax = 10'000;  // Anything wider is a mistake.

// Zeros if the file is no terminal.
winsize windowOf(int file) {
  winsize size{};
  if (::isatty(file) == 0 || ::ioctl(file, TIOCGWINSZ, &size) != 0) return {};
  return size;
}

std::optional<std::size_t> known(unsigned short number) {
  return number == 0 ? std::nullopt : std::optional<std::size_t>(number);
}

}  // namespace

std::optional<std::size_t> windowColumns(int file) { return known(windowOf(file).ws_col); }

std::optional<std::size_t> windowRows(int file) { return known(windowOf(file).ws_row); }

std::optional<std::size_t> layoutColumns(int file) {
  const char* variable = std::getenv("COLUMNS");
  if (variable == nullptr) return windowColumns(file);
  Parsed<std::uint64_t> columns = parseWhole(variable, 1, kColumnsMax);
  return columns.value ? std::optional<std::size_t>(*columns.value) : windowColumns(file);
}

void useLocaleOfUser() {
  std::setlocale(LC_CTYPE, "");
  // The tables of other encodings are libraries, which a static program must not load.
  if (!isUtf8Locale()) std::setlocale(LC_CTYPE, "C");
}

bool isUtf8Locale() { return std::string_view(::nl_langinfo(CODESET)) == "UTF-8"; }

std::optional<std::string> writeToStdout(const std::string& text) {
  bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if ((std::fflush(stdout) == 0 && written) || errno == EPIPE) return std::nullopt;
  return "the text cannot be written to stdout: " + std::string(std::strerror(errno));
}

}  // namespace pi::cli
