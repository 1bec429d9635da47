#include "common/wire/audit.h"

#include "common/base/printable.h"
#include "common/model/limits.h"
#include "common/wire/fields.h"
#include "common/wire/limits.h"
#include "common/wire/wire.h"

namespace pi {
namespace {

using namespace fields;

AuditedWorker fromWire(wire::WorkerAudit::Reader from) {
  return {.worker = WorkerId{from.getWorker()},
          .name = textFrom(from.getName(), kProfileTextBytesMax, "a worker's name"),
          .host = textFrom(from.getHost(), kProfileTextBytesMax, "a worker's host"),
          .samples = from.getSamples(),
          .share = {.threads = from.getThreads(),
                    .leases = from.getLeases(),
                    .secondLeases = from.getSecondLeases(),
                    .samplesDropped = from.getSamplesDropped(),
                    .samplesConfirmed = from.getSamplesConfirmed(),
                    .disproved = from.getDisproved()}};
}

void toWire(const AuditedWorker& from, wire::WorkerAudit::Builder to) {
  to.setWorker(number(from.worker));
  to.setName(from.name.c_str());
  to.setHost(from.host.c_str());
  to.setSamples(from.samples);
  to.setThreads(from.share.threads);
  to.setLeases(from.share.leases);
  to.setSecondLeases(from.share.secondLeases);
  to.setSamplesDropped(from.share.samplesDropped);
  to.setSamplesConfirmed(from.share.samplesConfirmed);
  to.setDisproved(from.share.disproved);
}

}  // namespace

JobAudit fromWire(wire::JobAudit::Reader from) {
  JobAudit audit{.job = JobId{from.getId()},
                 .uid = fromWire(from.getUid()),
                 .spec = fromWire(from.getSpec()),
                 .streamVersion = from.getStreamVersion(),
                 .state = stateFrom(from.getState()),
                 .counted = from.getCounted(),
                 .ranges = from.getRanges(),
                 .workersLeftOut = from.getWorkersLeftOut(),
                 .samplesOfSeveral = from.getSamplesOfSeveral()};
  audit.hits = fromWire(from.getHits());
  for (capnp::Text::Reader fault : from.getFaults()) {
    audit.faults.push_back(textFrom(fault, kReasonBytesMax, "a fault"));
  }
  for (wire::WorkerAudit::Reader worker : from.getWorkers()) {
    audit.workers.push_back(fromWire(worker));
  }
  return audit;
}

void toWire(const JobAudit& from, wire::JobAudit::Builder to) {
  to.setId(number(from.job));
  to.setUid(toWire(from.uid));
  toWire(from.spec, to.initSpec());
  to.setStreamVersion(from.streamVersion);
  to.setState(static_cast<wire::JobState>(from.state));
  to.setCounted(from.counted);
  to.setRanges(from.ranges);
  strataToWire(from.hits.strata, [&to](unsigned size) { return to.initHits(size); });
  auto faults = to.initFaults(static_cast<unsigned>(from.faults.size()));
  for (unsigned i = 0; i < faults.size(); ++i) {
    faults.set(i, printable(from.faults[i]).substr(0, kReasonBytesMax).c_str());
  }
  auto workers = to.initWorkers(static_cast<unsigned>(from.workers.size()));
  for (unsigned i = 0; i < workers.size(); ++i) toWire(from.workers[i], workers[i]);
  to.setWorkersLeftOut(from.workersLeftOut);
  to.setSamplesOfSeveral(from.samplesOfSeveral);
}

}  // namespace pi
