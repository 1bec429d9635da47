#include <kj/exception.h>

#include <cstddef>
#include <exception>
#include <variant>

#include "common/base/match.h"
#include "common/net/loop/process_limits.h"
#include "common/net/loop/standard_files.h"
#include "common/net/rpc/client_link.h"
#include "common/net/secrets/hardening.h"
#include "common/net/transport/limits.h"
#include "scheduler/access.h"
#include "scheduler/audit.h"
#include "scheduler/elastic_command.h"
#include "scheduler/options.h"
#include "scheduler/report.h"
#include "scheduler/server.h"
#include "scheduler/stop.h"

namespace {

using namespace pi;

// Open at once: the loop's, the store's and the locks', and some peers.
constexpr std::size_t kFilesNeeded = 32;

ExitCode carryOut(const SchedulerOptions& options) {
  if (auto reason = net::whyTooFewFiles(kFilesNeeded)) {
    return scheduler::report(*reason, ExitCode::kFailed);
  }
  try {
    return std::visit(
        Match{
            [](const ServeOptions& serve) { return scheduler::serve(serve); },
            [](const StopOptions& stop) { return scheduler::stopRunning(stop); },
            [](const AccessCommand& access) { return scheduler::printAccess(access); },
            [](const ElasticCommand& elastic) { return scheduler::commandQueues(elastic); },
            [](const AuditCommand& audit) { return scheduler::auditOffline(audit); },
        },
        options);
  } catch (const kj::Exception& error) {
    return scheduler::report(net::sentenceOf(error), ExitCode::kFailed);
  } catch (const std::exception& error) {
    return scheduler::report(net::sentenceOf(error), ExitCode::kFailed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  net::openStandardFiles();
  net::keepMemoryPrivate(net::kConnectionsMax + net::kHandshakesMax);
  auto parsed = parseSchedulerOptions({argv + 1, argv + argc});
  return static_cast<int>(cli::dispatch<SchedulerOptions>("pi-scheduler", parsed, carryOut));
}
