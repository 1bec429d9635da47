#include "scheduler/stop.h"

#include <cstdio>
#include <optional>
#include <string>

#include "common/base/printable.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/clock.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"
#include "common/net/rpc/client_link.h"
#include "scheduler/leftovers.h"
#include "scheduler/limits.h"
#include "scheduler/report.h"
#include "scheduler/unsaved.h"

namespace pi::scheduler {
namespace {

// Besides the time that the scheduler takes: for its last answer to come.
constexpr Duration kAnswerMargin = std::chrono::seconds(2);

struct Stopped {
  std::optional<Leftovers> left;       // Null if the connection ended before the answer came.
  std::optional<std::string> failure;  // Why not everything is saved; null if everything is.
};

// Waits for the scheduler's end.  Throws net::ConnectError.
Stopped stop(const StopOptions& options, const net::ConnectionFileRead& file) {
  net::KjLoop loop;
  net::DialOptions access{.credentials = net::credentialsFor(Role::kOwner, options.access, file)};
  // Without keys the place is the owner's only if it is asked for.
  Role role = file->security == net::Security::kNone ? Role::kOwner : Role::kClient;
  net::ClientLink link = net::enterAsClient(loop, file->addresses, std::nullopt, access, role);
  auto request = link.desk.stopRequest();
  request.setWorkers(options.workers);
  Stopped stopped;
  // The connection may end before the answer has come; its end is what was asked for.
  auto answered = request.send().then(
      [&stopped](auto&& answer) {
        if (answer.getFailure().size() > 0) {
          stopped.failure = printable(answer.getFailure().cStr());
        }
        stopped.left = Leftovers{.unfinishedJobs = answer.getUnfinishedJobs(),
                                 .waitingWorkers = answer.getWaitingWorkers()};
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
  return stopped;
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
    Stopped stopped = stop(options, file);
    if (stopped.failure) {
      return report("the scheduler has ended, but " + std::string(kUnsavedText) + *stopped.failure,
                    ExitCode::kFailed);
    }
    return tell("the scheduler has ended" +
                (stopped.left ? "; " + leftoversText(*stopped.left) : std::string()) + "\n");
  } catch (const net::ConnectError& error) {
    bool isRefused = error.kind() == net::ConnectFailure::kRefused;
    return report(error.what(), isRefused ? ExitCode::kRefused : ExitCode::kNoScheduler);
  }
}

}  // namespace pi::scheduler
