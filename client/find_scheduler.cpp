#include "client/find_scheduler.h"

#include <filesystem>
#include <utility>

#include "client/failure.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/clock.h"

namespace pi::client {
namespace {

constexpr const char* kStartOne = "; start one with pi-scheduler";
constexpr const char* kLook = ", or see with pi-client --check what is in the way";

}  // namespace

std::filesystem::path connectionFilePath(const Options& options) {
  if (options.connectionFile) return *options.connectionFile;
  return net::defaultConnectionFile();
}

std::optional<SchedulerLocation> findScheduler(const Options& options) {
  std::filesystem::path path = connectionFilePath(options);
  net::ConnectionFileRead file = net::readConnectionFile(path);
  net::Credentials credentials = net::credentialsFor(Role::kClient, options.access, file);
  if (options.scheduler) {
    return SchedulerLocation{.addresses = {*options.scheduler},
                             .credentials = std::move(credentials),
                             .source = "--scheduler"};
  }
  if (!file.hasValue()) {
    // The default file may be missing, a file that was named may not.
    bool isNamed = options.connectionFile || net::environmentNamesConnectionFile();
    if (file.error().isMissing() && !isNamed) return std::nullopt;
    throw Failure(file.error().isUnsafe() ? ExitCode::kRefused : ExitCode::kNoScheduler,
                  file.error().what());
  }
  return SchedulerLocation{.addresses = file->addresses,
                           .credentials = std::move(credentials),
                           .source = path.string(),
                           .isStale = net::isStale(*file)};
}

net::ClientLink connect(net::KjLoop& loop, const SchedulerLocation& location,
                        std::optional<Instant> deadline) {
  try {
    return net::enterAsClient(loop, location.addresses, deadline,
                              {.credentials = location.credentials});
  } catch (const net::ConnectError& error) {
    if (error.kind() != net::ConnectFailure::kUnreachable) throw;
    std::string sentence = error.what();
    if (location.isStale) {
      sentence = "the scheduler that wrote " + location.source + " is no longer running";
    }
    throw Failure(ExitCode::kNoScheduler, sentence + kStartOne + kLook);
  }
}

net::ClientLink connectToScheduler(net::KjLoop& loop, const Options& options,
                                   std::optional<Instant> deadline) {
  std::optional<SchedulerLocation> location = findScheduler(options);
  if (!location) {
    throw Failure(ExitCode::kNoScheduler,
                  "there is no connection file " + connectionFilePath(options).string() +
                      "; start pi-scheduler, share the file's directory with this machine, give "
                      "the scheduler's address with --scheduler" +
                      kLook);
  }
  return connect(loop, *location, deadline);
}

net::ConnectionFile readFileOfScheduler(const Options& options) {
  std::filesystem::path path = connectionFilePath(options);
  net::ConnectionFileRead file = net::readConnectionFile(path);
  if (!file.hasValue()) {
    if (file.error().isMissing()) {
      throw Failure(ExitCode::kNoScheduler,
                    "there is no connection file " + path.string() + kStartOne +
                        ", or get the file of one with 'pi-scheduler access observer' and name it "
                        "with --connection-file");
    }
    throw Failure(file.error().isUnsafe() ? ExitCode::kRefused : ExitCode::kNoScheduler,
                  file.error().what());
  }
  if (net::isStale(*file)) {
    throw Failure(ExitCode::kNoScheduler, "the scheduler that wrote " + path.string() +
                                              " is no longer running" + kStartOne);
  }
  return std::move(file).value();
}

ReconnectingLink::Setup reconnectBy(net::KjLoop& loop, const Options& options,
                                    Interruption* interruption) {
  return {.limits = options.reconnect,
          .interruption = interruption,
          .connect = ReconnectingLink::Connect([&loop, &options](std::optional<Instant> deadline) {
            return connectToScheduler(loop, options, deadline);
          })};
}

std::optional<Instant> deadlineAfter(Duration timeout) {
  if (timeout == Duration::zero()) return std::nullopt;
  return net::now() + timeout;
}

}  // namespace pi::client
