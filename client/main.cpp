#include <kj/exception.h>

#include <cstdio>
#include <exception>

#include "client/commands.h"
#include "client/failure.h"
#include "client/options.h"
#include "common/net/loop/signals.h"
#include "common/net/secrets/hardening.h"

namespace {

using namespace pi;

ExitCode carryOut(const client::Options& options) {
  try {
    return std::visit([&options](const auto& command) { return client::perform(command, options); },
                      options.command);
  } catch (const client::Failure& failure) {
    std::fprintf(stderr, "pi-client: %s\n", failure.what());
    return failure.code();
  } catch (const net::ConnectError& error) {
    std::fprintf(stderr, "pi-client: %s\n", error.what());
    return client::exitCodeOf(error.kind());
  } catch (const kj::Exception& error) {
    bool isLost = net::isLost(error);
    std::fprintf(stderr, "pi-client: %s\n",
                 isLost ? "the scheduler is gone; see its log, and start it again"
                        : net::sentenceOf(error).c_str());
    return isLost ? ExitCode::kNoScheduler : ExitCode::kFailed;
  } catch (const std::exception& error) {  // No memory, no threads.
    std::fprintf(stderr, "pi-client: %s\n", error.what());
    return ExitCode::kFailed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  net::keepMemoryPrivate();
  net::ignoreBrokenPipes();
  auto parsed = client::parseOptions({argv + 1, argv + argc});
  return static_cast<int>(cli::dispatch<client::Options>("pi-client", parsed, carryOut));
}
