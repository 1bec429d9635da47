#include <cstddef>
#include <cstdio>
#include <variant>

#include "client/commands.h"
#include "client/failure.h"
#include "client/options.h"
#include "common/cli/terminal.h"
#include "common/net/loop/process_limits.h"
#include "common/net/loop/signals.h"
#include "common/net/loop/standard_files.h"
#include "common/net/secrets/hardening.h"

namespace {

using namespace pi;

// Open at once: those of the loop, and connections to several addresses of the scheduler.
constexpr std::size_t kFilesNeeded = 24;

ExitCode run(const client::Options& options) {
  try {
    if (auto reason = net::whyTooFewFiles(kFilesNeeded)) {
      throw client::Failure(ExitCode::kFailed, *reason);
    }
    return std::visit([&options](const auto& command) { return client::run(command, options); },
                      options.command);
  } catch (...) {
    client::Failure failure = client::currentFailure();
    std::fprintf(stderr, "pi-client: %s\n", failure.what());
    return failure.code();
  }
}

}  // namespace

int main(int argc, char** argv) {
  net::openStandardFiles();
  net::keepMemoryPrivate(net::kCallerConnections);
  net::ignoreBrokenPipes();
  cli::useLocaleOfUser();
  auto parsed = client::parseOptions({argv + 1, argv + argc});
  return static_cast<int>(cli::dispatch<client::Options>("pi-client", parsed, run));
}
