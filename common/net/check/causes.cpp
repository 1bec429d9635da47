#include "common/net/check/causes.h"

#include "common/base/loopback.h"
#include "common/base/printable.h"

namespace pi::net {
namespace {

std::string whereOf(const std::optional<FileOrigin>& origin) {
  return origin ? " on " + printable(origin->host) : "";
}

// The port is closed, at an address where a scheduler should be.
std::string causeOfRefusal(const std::optional<FileOrigin>& origin) {
  if (!origin) return "no scheduler runs there, or it has another port; check the address";
  if (origin->hasEnded) return "this scheduler has ended; start pi-scheduler again";
  return "the scheduler" + whereOf(origin) +
         " has ended without removing its connection file; start pi-scheduler again";
}

std::string causeOfSilence(const std::optional<FileOrigin>& origin) {
  return "a firewall drops what is sent to this port, or this machine does not reach that network; "
         "open the port" +
         whereOf(origin) +
         ", or start pi-scheduler with --interface and a network that both machines have";
}

}  // namespace

std::optional<std::string> causeOf(Finding finding, const Address& address,
                                   const std::optional<FileOrigin>& origin) {
  bool isForeignLoopback = origin && !origin->isHere && isLoopback(address.host);
  bool isWrongPlace = finding == Finding::kRefused || finding == Finding::kNotAccepted ||
                      finding == Finding::kNotAScheduler || finding == Finding::kUnreachable;
  if (isForeignLoopback && isWrongPlace) {
    return "only programs" + whereOf(origin) +
           " reach the scheduler by this address, so this is "
           "no fault";
  }
  switch (finding) {
    case Finding::kRefused:
      return causeOfRefusal(origin);
    case Finding::kNoAnswer:
      return causeOfSilence(origin);
    case Finding::kNoWay:
      return "this machine has no way to that network, or a firewall rejects the connection; open "
             "the port" +
             whereOf(origin) +
             ", or start pi-scheduler with --interface and a network that both machines have";
    case Finding::kNotAccepted:
    case Finding::kNotAScheduler:
      if (!origin) return std::nullopt;
      return "the connection file is old, or a copy of an old one: another program has the port "
             "now, or the scheduler has new keys; use the file that it writes now";
    case Finding::kWorks:
    case Finding::kNoName:
    case Finding::kUnreachable:
    case Finding::kSilent:
    case Finding::kFull:
    case Finding::kNoKey:
    case Finding::kOtherVersion:
      break;
  }
  return std::nullopt;
}

std::string causeOfMissingFile(Role role) {
  return "no scheduler was started, or this machine does not share the directory with the "
         "scheduler's machine: is the home directory shared?  If it is not, copy what "
         "'pi-scheduler access " +
         std::string(name(role)) +
         "' prints there to a file on this machine, and name that file with --connection-file";
}

}  // namespace pi::net
