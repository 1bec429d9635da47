#include "common/net/check/check.h"

#include <kj/async.h>
#include <kj/vector.h>

#include <memory>
#include <string>
#include <utility>

#include "common/base/printable.h"
#include "common/net/check/causes.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/clock.h"
#include "common/net/rpc/client_link.h"
#include "common/net/rpc/connection.h"
#include "common/net/transport/connect_error.h"
#include "common/net/transport/dial.h"
#include "common/net/transport/interfaces.h"
#include "proto/pi.capnp.h"

namespace pi::net {
namespace {

using Report = std::shared_ptr<AddressReport>;  // On one address, while it is called.

void fail(AddressReport& report, Finding finding, const std::string& sentence) {
  report.finding = finding;
  report.sentence = sentence;
}

Finding findingOf(Unreached reason) {
  switch (reason) {
    case Unreached::kRefused:
      return Finding::kRefused;
    case Unreached::kNoAnswer:
      return Finding::kNoAnswer;
    case Unreached::kNoWay:
      return Finding::kNoWay;
    case Unreached::kNoName:
      return Finding::kNoName;
    case Unreached::kOther:
      break;
  }
  return Finding::kUnreachable;
}

Finding findingOf(ConnectFailure failure) {
  switch (failure) {
    case ConnectFailure::kUnreachable:
      return Finding::kUnreachable;
    case ConnectFailure::kNotAScheduler:
    case ConnectFailure::kLost:
      return Finding::kNotAScheduler;
    case ConnectFailure::kSilent:
    case ConnectFailure::kTimedOut:
      return Finding::kSilent;
    case ConnectFailure::kFull:
      return Finding::kFull;
    case ConnectFailure::kRefused:
      return Finding::kNotAccepted;
  }
  return Finding::kUnreachable;
}

// If no connection was made, `report` has the reason already.
void noteDialFailure(AddressReport& report, const kj::Exception& failure, bool hasKey) {
  ConnectFailure kind = connectFailureOf(failure).value_or(ConnectFailure::kUnreachable);
  report.sentence = sentenceOf(failure);
  if (kind == ConnectFailure::kUnreachable) return;
  report.finding = hasKey ? findingOf(kind) : Finding::kNoKey;
}

// The answers of the gate to a worker and to a client have these fields.
template <typename Answer>
void noteAnswer(AddressReport& report, const Answer& answer, Instant askedAt) {
  report.roundTrip = now() - askedAt;
  if (answer.hasScheduler()) {
    wire::Peer::Reader peer = answer.getScheduler();
    report.version = printable(peer.getProgramVersion().cStr());
    report.protocolVersion = peer.getProtocolVersion();
    report.streamVersion = peer.getStreamVersion();
    if (peer.getCalendarNanoseconds() > 0) {
      WallTime theirs{Duration(peer.getCalendarNanoseconds())};
      report.clockAhead = theirs - (wallNow() - report.roundTrip / 2);
    }
  }
  if (answer.getRefusal().getCode() == wire::Refusal::Code::NONE) {
    report.finding = Finding::kWorks;
    return;
  }
  Finding finding = Finding::kNotAccepted;
  if (answer.getRefusal().getCode() == wire::Refusal::Code::VERSION_MISMATCH) {
    finding = Finding::kOtherVersion;
  } else if (answer.getRefusal().getCode() == wire::Refusal::Code::LIMIT_REACHED) {
    finding = Finding::kFull;
  }
  fail(report, finding, printable(answer.getRefusal().getSentence().cStr()));
}

template <typename Request>
kj::Promise<void> ask(Request request, const Report& report) {
  introduce(request.initPeer());
  Instant askedAt = now();
  return request.send().then(
      [report, askedAt](auto&& answer) { noteAnswer(*report, answer, askedAt); });
}

// Enters by a connection that has been made.
kj::Promise<void> enter(KjLoop& loop, kj::Own<MessageSocket> socket, Role role,
                        const Report& report) {
  auto connection = kj::heap<Connection>(kj::mv(socket));
  std::string peer = connection->peer();
  auto gate = connection->bootstrap().castAs<wire::Gate>();
  kj::Promise<void> asked = role == Role::kWorker ? ask(gate.enterAsWorkerRequest(), report)
                                                  : ask(gate.enterAsClientRequest(), report);
  auto failed = asked.catch_([report, role, peer](kj::Exception&& failure) {
    if (connectFailureOf(failure) == ConnectFailure::kRefused) {
      fail(*report, Finding::kNoKey,
           "the scheduler does not accept this key for a " + std::string(name(role)) +
               "; get a connection file by 'pi-scheduler access " + name(role) + "'");
    } else {
      fail(*report, Finding::kNotAScheduler, notASchedulerText(peer));
    }
  });
  auto late = loop.timer().afterDelay(toKj(kAnswerMax)).then([report, peer] {
    fail(*report, Finding::kSilent, silentText(peer));
  });
  return failed.exclusiveJoin(kj::mv(late)).attach(kj::mv(gate)).attach(kj::mv(connection));
}

kj::Promise<void> checkAddress(KjLoop& loop, Role role, const Credentials& credentials,
                               const Report& report) {
  DialOptions options{.credentials = credentials, .onUnreached = [report](Unreached reason) {
                        report->finding = findingOf(reason);
                      }};
  return dial(loop, {report->address}, options)
      .then(
          [&loop, role, report](kj::Own<MessageSocket> socket) {
            return enter(loop, kj::mv(socket), role, report);
          },
          [report, hasKey = credentials.hasValue()](kj::Exception&& failure) -> kj::Promise<void> {
            noteDialFailure(*report, failure, hasKey);
            return kj::READY_NOW;
          });
}

void noteFile(CheckReport& report, const ConnectionFileRead& file) {
  if (file.hasValue()) {
    report.origin = FileOrigin{.host = file->host,
                               .pid = file->pid,
                               .isHere = file->host == hostName(),
                               .hasEnded = isStale(*file)};
    return;
  }
  report.fileTrouble = file.error().what();
  report.isFileUnsafe = file.error().isUnsafe();
  if (file.error().isMissing()) {
    report.fileTrouble = "it does not exist";
    report.fileCause = causeOfMissingFile(report.role);
  }
}

}  // namespace

CheckReport checkWay(KjLoop& loop, const CheckRequest& request) {
  CheckReport result{.role = request.role};
  ConnectionFileRead file = readConnectionFile(request.file);
  // With an address the file is only for the key; a call says if that is missed.
  if (!request.address || file.hasValue()) {
    result.file = request.file.string();
    noteFile(result, file);
  }
  std::vector<Address> addresses;
  if (file.hasValue()) addresses = file->addresses;
  if (request.address) addresses = {*request.address};
  Credentials credentials = credentialsFor(request.role, request.access, file);

  std::vector<Report> reports;
  kj::Vector<kj::Promise<void>> calls;
  for (const Address& address : addresses) {
    reports.push_back(std::make_shared<AddressReport>(AddressReport{.address = address}));
    calls.add(checkAddress(loop, request.role, credentials, reports.back()));
  }
  kj::joinPromises(calls.releaseAsArray()).wait(loop.waitScope());
  for (const Report& each : reports) {
    // An address that the user has given says nothing about the file.
    each->cause =
        causeOf(each->finding, each->address, request.address ? std::nullopt : result.origin);
    result.addresses.push_back(*each);
  }
  return result;
}

}  // namespace pi::net
