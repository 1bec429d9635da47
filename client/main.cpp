#include <cstdio>
#include <variant>

#include "client/commands.h"
#include "client/failure.h"
#include "client/options.h"
#include "common/net/loop/signals.h"
#include "common/net/loop/standard_files.h"
#include "common/net/secrets/hardening.h"

namespace {

using namespace pi;

ExitCode run(const client::Options& options) {
  try {
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
  auto parsed = client::parseOptions({argv + 1, argv + argc});
  return static_cast<int>(cli::dispatch<client::Options>("pi-client", parsed, run));
}
