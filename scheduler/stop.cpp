#include "scheduler/stop.h"

#include <optional>
#include <string>

#include "common/base/printable.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/clock.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"
#include "common/net/rpc/client_link.h"
#include "scheduler/limits.h"
#include "scheduler/report.h"
#include "scheduler/unsaved.h"

namespace pi::scheduler {
namespace {

// Besides the time that the scheduler takes: for its last answer to come.
constexpr Duration kAnswerMargin = std::chrono::seconds(2);

// Waits for the scheduler's end.  Returns why not everything is saved; nullopt if everything is.
// Throws net::ConnectError.
std::optional<std::string> stop(const StopOptions& options, const net::ConnectionFileRead& file) {
  net::KjLoop loop;
  net::DialOptions access{.credentials = net::credentialsFor(Role::kOwner, options.access, file)};
  net::ClientLink link = net::enterAsClient(loop, file->addresses, std::nullopt, access);
  auto request = link.desk.stopRequest();
  request.setWorkers(options.workers);
  std::optional<std::string> failure;
  // The connection may end before the answer has come; its end is what was asked for.
  auto answered = request.send().then(
      [&failure](auto&& answer) {
        if (answer.getFailure().size() > 0) failure = printable(answer.getFailure().cStr());
      },
      [](kj::Exception&& error) {
        if (net::isLost(error)) return;
        kj::throwFatalException(kj::mv(error));
      });
  auto ended =
      answered.then([&link] { return link.connection->onDisconnect(); }).then([] { return true; });
  if (net::waitUntil(loop, net::now() + kStopTimeout + kAnswerMargin, kj::mv(ended)) == nullptr) {
    throw net::ConnectError(net::ConnectFailure::kSilent,
                            "the scheduler does not end; see its log, and kill pid " +
                                std::to_string(file->pid) + " on " + file->host + " if it hangs");
  }
  return failure;
}

}  // namespace

ExitCode stopRunning(const StopOptions& options) {
  net::ignoreBrokenPipes();
  net::ConnectionFileRead file = net::readConnectionFile(
      options.connectionFile.value_or(net::defaultConnectionFile().string()));
  if (!file.hasValue()) {
    return report(file.error().what(),
                  file.error().isUnsafe() ? ExitCode::kRefused : ExitCode::kNoScheduler);
  }
  try {
    std::optional<std::string> failure = stop(options, file);
    if (!failure) return ExitCode::kDone;
    return report("the scheduler has ended, but " + std::string(kUnsavedText) + *failure,
                  ExitCode::kFailed);
  } catch (const net::ConnectError& error) {
    bool isRefused = error.kind() == net::ConnectFailure::kRefused;
    return report(error.what(), isRefused ? ExitCode::kRefused : ExitCode::kNoScheduler);
  }
}

}  // namespace pi::scheduler
