#include "common/model/job_audit.h"

#include <algorithm>
#include <map>

#include "common/base/printable.h"
#include "common/base/quantity.h"

namespace pi {

std::vector<AuditedHost> hostsOf(const JobAudit& audit) {
  std::map<std::string, AuditedHost> hosts;
  for (const AuditedWorker& worker : audit.workers) {
    AuditedHost& host = hosts[worker.host];
    host.host = worker.host;
    ++host.workers;
    host.samples += worker.samples;
    host.share.threads += worker.share.threads;
    host.share.leases += worker.share.leases;
    host.share.secondLeases += worker.share.secondLeases;
    host.share.samplesDropped += worker.share.samplesDropped;
    host.share.samplesConfirmed += worker.share.samplesConfirmed;
    host.share.disproved += worker.share.disproved;
  }
  std::vector<AuditedHost> list;
  for (auto& [name, host] : hosts) list.push_back(std::move(host));
  return list;
}

std::string verdictText(const JobAudit& audit) {
  std::string job = "job " + std::to_string(number(audit.job));
  if (!audit.faults.empty()) return job + " is NOT proven: " + audit.faults.front();
  if (audit.isProven()) {
    return job + " is proven: each of its " + countText(audit.counted, "sample") +
           " is counted exactly once";
  }
  return job + " was not finished: " + countText(audit.counted) + " of its " +
         countText(audit.spec.samples, "sample") + " are counted, each of them exactly once";
}

std::string resultLines(const JobAudit& audit) {
  const Stream& stream = audit.spec.stream;
  std::string text = "stream_version " + std::to_string(audit.streamVersion) + "\nsampler " +
                     std::string(name(stream.sampler)) + "\nseed " + std::to_string(stream.seed) +
                     "\nsamples " + std::to_string(audit.counted) + "\nhits";
  for (std::size_t i = 0; i < strataCount(stream.sampler); ++i) {
    text += " " + std::to_string(audit.hits.strata[i]);
  }
  return text + "\n";
}

}  // namespace pi
