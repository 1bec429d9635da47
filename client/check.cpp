// The command check: what is between this client and its scheduler.
#include "common/net/check/check.h"

#include "client/commands.h"
#include "client/find_scheduler.h"
#include "client/output.h"
#include "common/json/documents.h"
#include "common/net/check/report.h"

namespace pi::client {
namespace {

Json textOrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json objectOf(const net::AddressReport& report) {
  bool isWorking = report.finding == net::Finding::kWorks;
  Json object{{"address", toText(report.address)},
              {"finding", name(report.finding)},
              {"works", isWorking},
              {"sentence", isWorking ? Json() : Json(report.sentence)},
              {"cause", textOrNull(report.cause)}};
  bool hasAnswered = !report.version.empty();
  object["version"] = hasAnswered ? Json(report.version) : Json();
  object["protocol_version"] = hasAnswered ? Json(report.protocolVersion) : Json();
  object["stream_version"] = hasAnswered ? Json(report.streamVersion) : Json();
  object["round_trip_seconds"] = isWorking ? Json(seconds(report.roundTrip)) : Json();
  object["clock_ahead_seconds"] = report.clockAhead ? Json(seconds(*report.clockAhead)) : Json();
  return object;
}

Json objectOf(const net::CheckReport& report) {
  Json addresses = Json::array();
  for (const net::AddressReport& each : report.addresses) addresses.push_back(objectOf(each));
  Json object{{"schema", kSchema},
              {"works", works(report)},
              {"connection_file", report.file.empty() ? Json() : Json(report.file)},
              {"trouble", textOrNull(report.fileTrouble)},
              {"cause", textOrNull(report.fileCause)}};
  object["host"] = report.origin ? Json(report.origin->host) : Json();
  object["pid"] = report.origin ? Json(report.origin->pid) : Json();
  object["has_ended"] = report.origin && report.origin->hasEnded;
  object["addresses"] = std::move(addresses);
  return object;
}

}  // namespace

ExitCode run(const command::Check& /*command*/, const Options& options) {
  net::KjLoop loop;
  net::CheckReport report = net::checkWay(loop, {.role = Role::kClient,
                                                 .file = connectionFilePath(options),
                                                 .address = options.scheduler,
                                                 .access = options.access});
  print(options.output == Output::kJson ? jsonLine(objectOf(report)) : textOf(report));
  return exitCodeOf(report);
}

}  // namespace pi::client
