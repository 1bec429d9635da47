#include "common/wire/wire.h"

#include <algorithm>
#include <string>

#include "common/base/check.h"
#include "common/model/limits.h"
#include "common/model/target.h"
#include "common/wire/fields.h"
#include "common/wire/queues.h"

namespace pi {
namespace {

using namespace fields;

// A scheduler that does not say which version its streams have is from before there were two.
constexpr std::uint32_t kFirstStreamVersion = 1;

template <typename Value, typename List>
std::vector<Value> listFrom(List from) {
  require(from.size() <= kListMax, "a list is too long");
  std::vector<Value> values;
  values.reserve(from.size());
  for (auto each : from) values.push_back(fromWire(each));
  return values;
}

template <typename Values, typename List>
void listToWire(const Values& from, List to) {
  PI_CHECK(from.size() == to.size());
  for (unsigned i = 0; i < to.size(); ++i) toWire(from[i], to[i]);
}

Sampler samplerFrom(wire::Sampler from) {
  switch (from) {
    case wire::Sampler::RANDOM:
      return Sampler::kRandom;
    case wire::Sampler::SOBOL:
      return Sampler::kSobol;
  }
  refuse("this sampler is not known here; use programs of one release");
}

wire::Sampler samplerToWire(Sampler from) {
  switch (from) {
    case Sampler::kRandom:
      return wire::Sampler::RANDOM;
    case Sampler::kSobol:
      return wire::Sampler::SOBOL;
  }
  PI_CHECK(false);
  return {};
}

wire::Refusal::Code codeOf(RefusalCode from) {
  switch (from) {
    case RefusalCode::kUnknownJob:
      return wire::Refusal::Code::UNKNOWN_JOB;
    case RefusalCode::kBadRequest:
      return wire::Refusal::Code::BAD_REQUEST;
    case RefusalCode::kLimitReached:
      return wire::Refusal::Code::LIMIT_REACHED;
    case RefusalCode::kVersionMismatch:
      return wire::Refusal::Code::VERSION_MISMATCH;
    case RefusalCode::kNotAllowed:
      return wire::Refusal::Code::NOT_ALLOWED;
    case RefusalCode::kStopping:
      return wire::Refusal::Code::STOPPING;
    case RefusalCode::kNotSaved:
      return wire::Refusal::Code::NOT_SAVED;
  }
  PI_CHECK(false);
  return wire::Refusal::Code::NONE;
}

// An empty field is the ticket of a lease without one.
Ticket ticketFrom(capnp::Data::Reader from) {
  Ticket ticket{};
  require(from.size() == 0 || from.size() == ticket.size(), "a ticket has 16 bytes");
  std::copy(from.begin(), from.end(), ticket.begin());
  return ticket;
}

// The enums of the schema and ours number their values alike.
static_assert(static_cast<int>(wire::JobState::QUEUED) == static_cast<int>(JobState::kQueued));
static_assert(static_cast<int>(wire::JobState::RUNNING) == static_cast<int>(JobState::kRunning));
static_assert(static_cast<int>(wire::JobState::FINISHED) == static_cast<int>(JobState::kFinished));
static_assert(static_cast<int>(wire::JobState::CANCELLED) ==
              static_cast<int>(JobState::kCancelled));
static_assert(static_cast<int>(wire::JobState::FAILED) == static_cast<int>(JobState::kFailed));

}  // namespace

SampleRange fromWire(wire::SampleRange::Reader from) {
  SampleRange range{.begin = from.getBegin(), .end = from.getEnd()};
  require(range.begin <= range.end && range.end <= kSamplesEnd,
          "a sample range begins before it ends, at 2^63 at the latest");
  return range;
}

Stream fromWire(wire::Stream::Reader from) {
  return {.seed = from.getSeed(), .sampler = samplerFrom(from.getSampler())};
}

Hits fromWire(WireHits::Reader from) { return {.strata = strataFrom(from)}; }

Lease fromWire(wire::Lease::Reader from) {
  return {.id = LeaseId{from.getId()},
          .job = JobId{from.getJob()},
          .stream = fromWire(from.getStream()),
          .range = fromWire(from.getRange()),
          .blockSamples = from.getBlockSamples(),
          .threads = from.getThreads(),
          .ticket = ticketFrom(from.getTicket())};
}

LeaseRest fromWire(wire::LeaseRest::Reader from) {
  return {.lease = LeaseId{from.getLease()}, .range = fromWire(from.getRange())};
}

LeaseTally fromWire(wire::Tally::Reader from) {
  return {.lease = LeaseId{from.getLease()},
          .job = JobId{from.getJob()},
          .tally = {.range = fromWire(from.getRange()), .hits = fromWire(from.getHits())},
          .busy = durationFrom(from.getBusyNanoseconds()),
          .sequence = from.getSequence()};
}

JobUid fromWire(capnp::Data::Reader from) {
  JobUid uid;
  require(from.size() == 0 || from.size() == uid.bytes.size(), "a job's uid has 16 bytes");
  std::copy(from.begin(), from.end(), uid.bytes.begin());
  return uid;
}

std::uint64_t samplesFromWire(std::uint64_t samples) {
  require(samples >= 1 && samples < kSamplesEnd,
          "a job has at least one sample, and fewer than 2^63");
  return samples;
}

JobSpec fromWire(wire::JobSpec::Reader from) {
  JobSpec spec{.stream = fromWire(from.getStream()),
               .samples = samplesFromWire(from.getSamples()),
               .chunkSize = from.getChunkSize(),
               .targetError = from.getTargetError(),
               .priority = from.getPriority(),
               .threadsMax = from.getThreadsMax(),
               .submitter = textFrom(from.getSubmitter(), kSubmitterBytesMax, "a job's submitter"),
               .name = textFrom(from.getName(), kJobNameBytesMax, "a job's name")};
  require(isPossibleTarget(spec.targetError), "a target error is in [0, 4]");
  require(spec.threadsMax <= kJobThreadsMax, "a job is limited to at most a million threads");
  require(spec.chunkSize >= 1 && spec.chunkSize <= firstPrefix(spec),
          "a chunk has at least one sample, and no more than its job");
  return spec;
}

JobInfo fromWire(wire::JobInfo::Reader from) {
  JobInfo info;
  info.id = JobId{from.getId()};
  info.uid = fromWire(from.getUid());
  info.spec = fromWire(from.getSpec());
  info.state = stateFrom(from.getState());
  info.streamVersion = std::max(from.getStreamVersion(), kFirstStreamVersion);
  info.samplesCounted = from.getSamplesCounted();
  info.chunksCounted = from.getChunksCounted();
  info.hits = fromWire(from.getHits());
  info.stratumSamples = strataFrom(from.getStratumSamples());
  info.submittedOn = WallTime(Duration(from.getSubmittedNanoseconds()));
  info.waiting = durationFrom(from.getWaitingNanoseconds());
  info.hasStarted = from.getHasStarted();
  info.elapsed = durationFrom(from.getElapsedNanoseconds());
  info.age = durationFrom(from.getAgeNanoseconds());
  info.workers = from.getWorkers();
  info.threads = from.getThreads();
  info.workersNow = from.getWorkersNow();
  info.duplicatesDropped = from.getDuplicatesDropped();
  info.samplesPerSecond = from.getSamplesPerSecond();
  info.reason = textFrom(from.getReason(), kReasonBytesMax, "a job's reason");
  info.waitsForDisk = from.getWaitsForDisk();
  info.workersAwaited = textFrom(from.getWorkersAwaited(), kReasonBytesMax, "a job's workers");
  require(from.getExtendedFrom().size() <= kListMax, "a list is too long");
  for (std::uint64_t samples : from.getExtendedFrom()) info.extendedFrom.push_back(samples);
  require(info.samplesCounted <= info.spec.samples, "a job counts no more samples than it has");
  return info;
}

WorkerProfile fromWire(wire::WorkerProfile::Reader from) {
  WorkerProfile profile;
  profile.name = textFrom(from.getName(), kProfileTextBytesMax, "a worker's name");
  profile.host = textFrom(from.getHost(), kProfileTextBytesMax, "a worker's host");
  profile.pid = from.getPid();
  profile.threads = from.getThreads();
  profile.kernel = textFrom(from.getKernel(), kProfileTextBytesMax, "a worker's kernel");
  profile.samplesPerSecond = from.getSamplesPerSecond();
  profile.batchJob = textFrom(from.getBatchJob(), kProfileTextBytesMax, "a worker's batch job");
  profile.devices = textFrom(from.getDevices(), kProfileTextBytesMax, "a worker's devices");
  profile.allocation =
      textFrom(from.getAllocation(), kProfileTextBytesMax, "a worker's allocation");
  profile.cpuThreads = from.getCpuThreads();
  require(profile.threads >= 1, "a worker has at least one thread");
  return profile;
}

WorkerInfo fromWire(wire::WorkerInfo::Reader from) {
  return {.id = WorkerId{from.getId()},
          .profile = fromWire(from.getProfile()),
          .state = stateFrom(from.getState()),
          .samplesContributed = from.getSamplesContributed(),
          .samplesPerSecond = from.getSamplesPerSecond(),
          .leases = from.getLeases(),
          .sinceHeard = durationFrom(from.getSinceHeardNanoseconds()),
          .connected = durationFrom(from.getConnectedNanoseconds()),
          .timeLeft = timeLeftFromWire(from.getTimeLeftNanoseconds()),
          .reason = textFrom(from.getReason(), kReasonBytesMax, "the reason")};
}

std::optional<Duration> timeLeftFromWire(std::uint64_t nanoseconds) {
  constexpr auto kMost = static_cast<std::uint64_t>(kTimeLeftMax.count());
  if (nanoseconds == 0) return std::nullopt;
  return Duration(static_cast<Duration::rep>(std::min(nanoseconds, kMost)));
}

std::uint64_t timeLeftToWire(std::optional<Duration> timeLeft) {
  return timeLeft ? std::max<std::uint64_t>(nanosecondsOf(*timeLeft), 1) : 0;
}

std::optional<WorkerPolicy> fromWire(wire::Policy::Reader from, Duration longest) {
  if (from.getHeartbeatNanoseconds() == 0) return std::nullopt;
  auto timeFrom = [most = nanosecondsOf(longest)](std::uint64_t nanoseconds) {
    return Duration(static_cast<Duration::rep>(std::min(nanoseconds, most)));
  };
  return WorkerPolicy{.leaseTarget = timeFrom(from.getLeaseTargetNanoseconds()),
                      .prefetch = timeFrom(from.getPrefetchNanoseconds()),
                      .heartbeat = timeFrom(from.getHeartbeatNanoseconds()),
                      .silenceTimeout = timeFrom(from.getSilenceTimeoutNanoseconds())};
}

std::string reasonFromWire(capnp::Text::Reader from) {
  return textFrom(from, kReasonBytesMax, "the reason");
}

SchedulerInfo fromWire(wire::SchedulerInfo::Reader from) {
  auto text = [](capnp::Text::Reader of) {
    return textFrom(of, kReasonBytesMax, "a text about the scheduler");
  };
  SchedulerInfo info{.programVersion = text(from.getProgramVersion()),
                     .gitCommit = text(from.getGitCommit()),
                     .protocolVersion = from.getProtocolVersion(),
                     .streamVersion = from.getStreamVersion(),
                     .host = text(from.getHost()),
                     .pid = from.getPid(),
                     .uptime = durationFrom(from.getUptimeNanoseconds()),
                     .unfinishedJobs = from.getUnfinishedJobs(),
                     .workers = from.getWorkers(),
                     .threads = from.getThreads(),
                     .samplesPerSecond = from.getSamplesPerSecond(),
                     .now = Instant(Duration(from.getClockNanoseconds())),
                     .wallNow = WallTime(Duration(from.getCalendarNanoseconds()))};
  if (from.getDiskFailure().size() > 0) info.diskFailure = text(from.getDiskFailure());
  if (from.getDashboard().size() > 0) info.dashboard = text(from.getDashboard());
  require(from.getAddresses().size() <= kListMax, "a list is too long");
  for (capnp::Text::Reader address : from.getAddresses()) info.addresses.push_back(text(address));
  require(from.getQueues().size() <= kQueuesMax, "a scheduler has too many queues");
  for (wire::QueueInfo::Reader queue : from.getQueues()) info.queues.push_back(fromWire(queue));
  return info;
}

std::vector<Lease> fromWire(WireLeases::Reader from) { return listFrom<Lease>(from); }

std::vector<LeaseRest> fromWire(WireRests::Reader from) { return listFrom<LeaseRest>(from); }

std::vector<LeaseTally> fromWire(WireTallies::Reader from) { return listFrom<LeaseTally>(from); }

capnp::Data::Reader toWire(const JobUid& uid) {
  if (uid == JobUid{}) return nullptr;
  return kj::arrayPtr(uid.bytes.data(), uid.bytes.size());
}

void toWire(const Refusal& from, wire::Refusal::Builder to) {
  to.setCode(codeOf(from.code));
  to.setSentence(from.sentence.c_str());
}

void toWire(const WorkerPolicy& from, wire::Policy::Builder to) {
  to.setLeaseTargetNanoseconds(nanosecondsOf(from.leaseTarget));
  to.setPrefetchNanoseconds(nanosecondsOf(from.prefetch));
  to.setHeartbeatNanoseconds(nanosecondsOf(from.heartbeat));
  to.setSilenceTimeoutNanoseconds(nanosecondsOf(from.silenceTimeout));
}

void toWire(SampleRange from, wire::SampleRange::Builder to) {
  to.setBegin(from.begin);
  to.setEnd(from.end);
}

void toWire(Stream from, wire::Stream::Builder to) {
  to.setSeed(from.seed);
  to.setSampler(samplerToWire(from.sampler));
}

void toWire(const Lease& from, wire::Lease::Builder to) {
  to.setId(number(from.id));
  to.setJob(number(from.job));
  toWire(from.stream, to.initStream());
  toWire(from.range, to.initRange());
  to.setBlockSamples(from.blockSamples);
  to.setThreads(from.threads);
  if (from.ticket != Ticket{}) to.setTicket(kj::arrayPtr(from.ticket.data(), from.ticket.size()));
}

void toWire(const LeaseRest& from, wire::LeaseRest::Builder to) {
  to.setLease(number(from.lease));
  toWire(from.range, to.initRange());
}

void toWire(const LeaseTally& from, wire::Tally::Builder to) {
  to.setLease(number(from.lease));
  to.setJob(number(from.job));
  toWire(from.tally.range, to.initRange());
  strataToWire(from.tally.hits.strata, [&to](unsigned size) { return to.initHits(size); });
  to.setBusyNanoseconds(nanosecondsOf(from.busy));
  to.setSequence(from.sequence);
}

void toWire(const JobSpec& from, wire::JobSpec::Builder to) {
  toWire(from.stream, to.initStream());
  to.setSamples(from.samples);
  to.setChunkSize(from.chunkSize);
  to.setTargetError(from.targetError);
  to.setPriority(from.priority);
  to.setThreadsMax(from.threadsMax);
  to.setSubmitter(from.submitter.c_str());
  to.setName(from.name.c_str());
}

void toWire(const JobInfo& from, wire::JobInfo::Builder to) {
  to.setId(number(from.id));
  toWire(from.spec, to.initSpec());
  to.setState(static_cast<wire::JobState>(from.state));
  to.setSamplesCounted(from.samplesCounted);
  to.setChunksCounted(from.chunksCounted);
  strataToWire(from.hits.strata, [&to](unsigned size) { return to.initHits(size); });
  strataToWire(from.stratumSamples, [&to](unsigned size) { return to.initStratumSamples(size); });
  to.setSubmittedNanoseconds(from.submittedOn.time_since_epoch().count());
  to.setWaitingNanoseconds(nanosecondsOf(from.waiting));
  to.setHasStarted(from.hasStarted);
  to.setElapsedNanoseconds(nanosecondsOf(from.elapsed));
  to.setAgeNanoseconds(nanosecondsOf(from.age));
  to.setWorkers(from.workers);
  to.setThreads(from.threads);
  to.setWorkersNow(from.workersNow);
  to.setDuplicatesDropped(from.duplicatesDropped);
  to.setSamplesPerSecond(from.samplesPerSecond);
  to.setReason(from.reason.c_str());
  to.setWaitsForDisk(from.waitsForDisk);
  to.setWorkersAwaited(from.workersAwaited.c_str());
  to.setExtendedFrom(kj::arrayPtr(from.extendedFrom.data(), from.extendedFrom.size()));
  to.setUid(toWire(from.uid));
  to.setStreamVersion(from.streamVersion);
}

void toWire(const WorkerProfile& from, wire::WorkerProfile::Builder to) {
  to.setName(from.name.c_str());
  to.setHost(from.host.c_str());
  to.setPid(from.pid);
  to.setThreads(from.threads);
  to.setKernel(from.kernel.c_str());
  to.setDevices(from.devices.c_str());
  to.setCpuThreads(from.cpuThreads);
  to.setSamplesPerSecond(from.samplesPerSecond);
  to.setBatchJob(from.batchJob.c_str());
  to.setAllocation(from.allocation.c_str());
}

void toWire(const WorkerInfo& from, wire::WorkerInfo::Builder to) {
  to.setId(number(from.id));
  toWire(from.profile, to.initProfile());
  to.setState(static_cast<wire::WorkerState>(from.state));
  to.setSamplesContributed(from.samplesContributed);
  to.setSamplesPerSecond(from.samplesPerSecond);
  to.setLeases(from.leases);
  to.setSinceHeardNanoseconds(nanosecondsOf(from.sinceHeard));
  to.setConnectedNanoseconds(nanosecondsOf(from.connected));
  to.setTimeLeftNanoseconds(timeLeftToWire(from.timeLeft));
  to.setReason(from.reason.c_str());
}

void toWire(const SchedulerInfo& from, wire::SchedulerInfo::Builder to) {
  to.setProgramVersion(from.programVersion.c_str());
  to.setGitCommit(from.gitCommit.c_str());
  to.setProtocolVersion(from.protocolVersion);
  to.setStreamVersion(from.streamVersion);
  to.setHost(from.host.c_str());
  to.setPid(from.pid);
  auto addresses = to.initAddresses(static_cast<unsigned>(from.addresses.size()));
  for (unsigned i = 0; i < addresses.size(); ++i) addresses.set(i, from.addresses[i].c_str());
  to.setUptimeNanoseconds(nanosecondsOf(from.uptime));
  to.setUnfinishedJobs(from.unfinishedJobs);
  to.setWorkers(from.workers);
  to.setThreads(from.threads);
  to.setSamplesPerSecond(from.samplesPerSecond);
  to.setDiskFailure(from.diskFailure.value_or("").c_str());
  to.setDashboard(from.dashboard.value_or("").c_str());
  to.setClockNanoseconds(from.now.time_since_epoch().count());
  to.setCalendarNanoseconds(from.wallNow.time_since_epoch().count());
  auto queues = to.initQueues(static_cast<unsigned>(from.queues.size()));
  for (unsigned i = 0; i < queues.size(); ++i) toWire(from.queues[i], queues[i]);
}

void toWire(const std::vector<Lease>& from, WireLeases::Builder to) { listToWire(from, to); }

void toWire(const std::vector<LeaseRest>& from, WireRests::Builder to) { listToWire(from, to); }

void toWire(const std::vector<LeaseTally>& from, WireTallies::Builder to) { listToWire(from, to); }

}  // namespace pi
