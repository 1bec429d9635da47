#include "client/find_scheduler.h"

#include "client/failure.h"
#include "common/net/connection_file.h"

namespace pi::client {
namespace {

constexpr const char* kStartOne = "; start one with pi-scheduler";

std::filesystem::path connectionFilePath(const Options& options) {
  if (options.connectionFile) return *options.connectionFile;
  return net::defaultConnectionFile();
}

}  // namespace

std::optional<Whereabouts> findScheduler(const Options& options) {
  if (options.scheduler) {
    return Whereabouts{.addresses = {*options.scheduler}, .source = "--scheduler"};
  }
  std::filesystem::path path = connectionFilePath(options);
  net::ConnectionFileRead file = net::readConnectionFile(path);
  // A file that was named has to be there; the default one need not.
  if (file.isMissing && !options.connectionFile) return std::nullopt;
  if (!file.value) throw Failure(ExitCode::kNoScheduler, file.error);
  return Whereabouts{.addresses = file.value->addresses,
                     .source = path.string(),
                     .isStale = net::isStale(*file.value)};
}

net::ClientLink connect(net::KjLoop& loop, const Whereabouts& whereabouts,
                        std::optional<Instant> deadline) {
  try {
    return net::enterAsClient(loop, whereabouts.addresses, deadline);
  } catch (const net::LinkError& error) {
    if (error.kind() != net::LinkError::Kind::kUnreachable) throw;
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
