#include "client/find_scheduler.h"

#include <utility>

#include "client/failure.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"

namespace pi::client {
namespace {

constexpr const char* kStartOne = "; start one with pi-scheduler";

std::filesystem::path connectionFilePath(const Options& options) {
  if (options.connectionFile) return *options.connectionFile;
  return net::defaultConnectionFile();
}

}  // namespace

std::optional<Whereabouts> findScheduler(const Options& options) {
  std::filesystem::path path = connectionFilePath(options);
  net::ConnectionFileRead file = net::readConnectionFile(path);
  net::Credentials credentials = net::credentialsFor(Role::kClient, options.access, file);
  if (options.scheduler) {
    return Whereabouts{.addresses = {*options.scheduler},
                       .credentials = std::move(credentials),
                       .source = "--scheduler"};
  }
  // A file that was named has to be there; the default one need not.
  if (!file.hasValue() && file.error().isMissing() && !options.connectionFile) return std::nullopt;
  if (!file.hasValue()) {
    throw Failure(file.error().isUnsafe() ? ExitCode::kRefused : ExitCode::kNoScheduler,
                  file.error().what());
  }
  return Whereabouts{.addresses = file->addresses,
                     .credentials = std::move(credentials),
                     .source = path.string(),
                     .isStale = net::isStale(*file)};
}

net::ClientLink connect(net::KjLoop& loop, const Whereabouts& whereabouts,
                        std::optional<Instant> deadline) {
  try {
    return net::enterAsClient(loop, whereabouts.addresses, deadline,
                              {.credentials = whereabouts.credentials});
  } catch (const net::ConnectError& error) {
    if (error.kind() != net::ConnectFailure::kUnreachable) throw;
    std::string sentence = error.what();
    if (whereabouts.isStale) {
      sentence = "the scheduler of " + whereabouts.source + " is gone without having removed it";
    }
    throw Failure(ExitCode::kNoScheduler, sentence + kStartOne);
  }
}

net::ClientLink connectTo(net::KjLoop& loop, const Options& options,
                          std::optional<Instant> deadline) {
  std::optional<Whereabouts> whereabouts = findScheduler(options);
  if (!whereabouts) {
    throw Failure(ExitCode::kNoScheduler, "there is no connection file " +
                                              connectionFilePath(options).string() + kStartOne +
                                              ", or name one with --scheduler");
  }
  return connect(loop, *whereabouts, deadline);
}

}  // namespace pi::client
