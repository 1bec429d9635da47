#include <kj/exception.h>

#include <cstdio>
#include <exception>

#include "common/net/rpc/client_link.h"
#include "common/net/secrets/hardening.h"
#include "scheduler/access.h"
#include "scheduler/options.h"
#include "scheduler/server.h"
#include "scheduler/stop.h"

namespace {

using namespace pi;

ExitCode carryOut(const SchedulerOptions& options) {
  try {
    if (const auto* stop = std::get_if<StopOptions>(&options)) return scheduler::stopRunning(*stop);
    if (const auto* access = std::get_if<AccessCommand>(&options)) {
      return scheduler::printAccess(*access);
    }
    return scheduler::serve(std::get<ServeOptions>(options));
  } catch (const kj::Exception& error) {
    std::fprintf(stderr, "pi-scheduler: %s\n", net::sentenceOf(error).c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pi-scheduler: %s\n", error.what());
  }
  return ExitCode::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  net::keepMemoryPrivate();
  auto parsed = parseSchedulerOptions({argv + 1, argv + argc});
  return static_cast<int>(cli::dispatch<SchedulerOptions>("pi-scheduler", parsed, carryOut));
}
