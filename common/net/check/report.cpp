#include "common/net/check/report.h"

#include <algorithm>

#include "common/base/printable.h"
#include "common/base/quantity.h"

namespace pi::net {
namespace {

// Smaller differences harm nothing, and clocks are read at a time that is known less exactly.
constexpr Duration kClockTolerance = std::chrono::seconds(1);

std::string clockText(const AddressReport& report) {
  if (!report.clockAhead) return "";
  Duration ahead = *report.clockAhead;
  if (ahead > -kClockTolerance && ahead < kClockTolerance) {
    return ", and its clock agrees with the one of this machine";
  }
  bool isAhead = ahead > Duration::zero();
  return std::string(", but its clock is ") + durationText(isAhead ? ahead : -ahead) +
         (isAhead ? " ahead of" : " behind") +
         " the one of this machine: check that both are set by NTP, since dates and the ends of "
         "batch jobs depend on them";
}

std::string workingText(const AddressReport& report) {
  std::string text = "works: ";
  text += report.version.empty() ? "a pi-scheduler of an older release"
                                 : "pi-scheduler " + printable(report.version) + ", protocol " +
                                       std::to_string(report.protocolVersion) + ", stream " +
                                       std::to_string(report.streamVersion);
  return text + ", answers in " + durationText(report.roundTrip) + clockText(report);
}

std::string causeLine(const std::optional<std::string>& cause) {
  return cause ? "    likely cause: " + *cause + "\n" : "";
}

std::string originLine(const FileOrigin& origin) {
  return "    written by a scheduler on " + printable(origin.host) + ", process " +
         std::to_string(origin.pid) + (origin.hasEnded ? ", which has ended" : "") + "\n";
}

}  // namespace

const char* name(Finding finding) {
  switch (finding) {
    case Finding::kWorks:
      return "works";
    case Finding::kRefused:
      return "refused";
    case Finding::kNoAnswer:
      return "no_answer";
    case Finding::kNoWay:
      return "no_way";
    case Finding::kNoName:
      return "no_name";
    case Finding::kUnreachable:
      return "unreachable";
    case Finding::kNotAScheduler:
      return "not_a_scheduler";
    case Finding::kSilent:
      return "silent";
    case Finding::kFull:
      return "full";
    case Finding::kNotAccepted:
      return "not_accepted";
    case Finding::kNoKey:
      return "no_key";
    case Finding::kOtherVersion:
      return "other_version";
  }
  return "";
}

bool works(const CheckReport& report) {
  return std::ranges::any_of(
      report.addresses, [](const AddressReport& each) { return each.finding == Finding::kWorks; });
}

ExitCode exitCodeOf(const CheckReport& report) {
  if (works(report)) return ExitCode::kDone;
  bool isRefused = std::ranges::any_of(report.addresses, [](const AddressReport& each) {
    return each.finding == Finding::kNotAccepted || each.finding == Finding::kNoKey ||
           each.finding == Finding::kOtherVersion;
  });
  return isRefused || report.isFileUnsafe ? ExitCode::kRefused : ExitCode::kNoScheduler;
}

std::string textOf(const CheckReport& report) {
  std::string text;
  if (!report.file.empty()) text += "connection file " + printable(report.file) + "\n";
  if (report.origin) text += originLine(*report.origin);
  if (report.fileTrouble) {
    text += "    fails: " + *report.fileTrouble + "\n" + causeLine(report.fileCause);
  }
  for (const AddressReport& each : report.addresses) {
    bool isWorking = each.finding == Finding::kWorks;
    text += toText(each.address) + "\n    ";
    text += isWorking ? workingText(each) : "fails: " + each.sentence;
    text += "\n" + causeLine(each.cause);
  }
  std::string program = "pi-" + std::string(name(report.role));
  return text + (works(report) ? program + " can use this scheduler\n"
                               : program + " cannot use a scheduler\n");
}

}  // namespace pi::net
