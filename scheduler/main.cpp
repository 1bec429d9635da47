#include "scheduler/options.h"
#include "scheduler/serve.h"

int main(int argc, char** argv) {
  using namespace pi;
  auto parsed = parseSchedulerOptions({argv + 1, argv + argc});
  ExitCode code = ExitCode::kDone;
  if (const auto* shown = std::get_if<cli::ShowText>(&parsed)) {
    code = cli::print(*shown);
  } else if (const auto* error = std::get_if<cli::OptionError>(&parsed)) {
    code = cli::print("pi-scheduler", *error);
  } else if (const auto* stop = std::get_if<StopOptions>(&std::get<SchedulerOptions>(parsed))) {
    code = scheduler::stopRunning(*stop);
  } else {
    code = scheduler::serve(std::get<ServeOptions>(std::get<SchedulerOptions>(parsed)));
  }
  return static_cast<int>(code);
}
