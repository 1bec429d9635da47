// Writes the manual pages and the completions of all programs, from the tables of their options.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "client/command_table.h"
#include "packaging/completion.h"
#include "packaging/manual.h"
#include "scheduler/options.h"
#include "worker/options.h"

namespace {

namespace fs = std::filesystem;
using namespace pi;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file)
    throw fs::filesystem_error("not written", path,
                               std::error_code(errno, std::generic_category()));
}

// In the folders in which the shells and man look below a prefix such as /usr.
void writeAll(const fs::path& share, const cli::Program& program,
              const packaging::Edition& edition) {
  std::string name(program.name);
  write(share / "man/man1" / (name + ".1"), packaging::manualPage(program, edition));
  write(share / "bash-completion/completions" / name, packaging::bashCompletion(program));
  write(share / "zsh/site-functions" / ("_" + name), packaging::zshCompletion(program));
  write(share / "fish/vendor_completions.d" / (name + ".fish"), packaging::fishCompletion(program));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: pi_user_files FOLDER VERSION DATE\n", stderr);
    return 2;
  }
  try {
    packaging::Edition edition{.version = argv[2], .date = argv[3]};
    writeAll(argv[1], client::commandTable(), edition);
    writeAll(argv[1], schedulerCommandTable(), edition);
    writeAll(argv[1], workerCommandTable(), edition);
  } catch (const fs::filesystem_error& failure) {
    std::fprintf(stderr, "pi_user_files: %s\n", failure.what());
    return 1;
  }
  return 0;
}
