@0xb7e1a5c3d2f04698;
# The messages between scheduler, workers and clients.  Programs of different versions talk to each
# other: a new field or method gets the next number and goes to the end; no number is used again.  A
# field that an older peer does not send reads as its default, so the default must mean "absent".

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("pi::wire");

const protocolVersion :UInt32 = 1;
# Raised only by a change that makes old and new programs misunderstand each other.

# ---- values ----

struct SampleRange {
  begin @0 :UInt64;
  end @1 :UInt64;
}

enum Sampler {
  random @0;
  sobol @1;
}

struct Stream {
  seed @0 :UInt64;
  sampler @1 :Sampler;
}

struct Lease {
  id @0 :UInt64;
  job @1 :UInt64;
  stream @2 :Stream;
  range @3 :SampleRange;
  ticket @4 :Data;
  # 16 bytes.  They prove to each scheduler of this state directory that the lease was lent to the
  # worker that shows them.
  blockSamples @5 :UInt64;
  # Threads divide the lease at multiples of this, which is above zero.
  threads @6 :UInt32;
  # So many CPU threads of the worker may compute it, and no GPU; 0: everything that it has.
}

struct LeaseRest {
  # The samples of a lease that its holder has not reported yet.
  lease @0 :UInt64;
  range @1 :SampleRange;
}

struct Tally {
  # The result of a run of a lease's samples.  A worker reports a lease's samples in order.
  lease @0 :UInt64;
  job @1 :UInt64;
  range @2 :SampleRange;
  hits @3 :List(UInt64);
  # The hits in each stratum.  Strata without hits at the end of the list may be left out.
  busyNanoseconds @4 :UInt64;
  # The time from the first of these samples to the last, with all threads together.
  sequence @5 :UInt64;
  # The worker numbers its tallies from 1, in the order in which it reports them.
}

struct Refusal {
  # Why a call was refused.  The code is `none` if the call was granted.
  code @0 :Code;
  sentence @1 :Text;
  # One line for people: the reason, and a remedy.

  enum Code {
    none @0;
    unknownJob @1;
    badRequest @2;
    limitReached @3;
    versionMismatch @4;
    notAllowed @5;
    stopping @6;
    notSaved @7;
  }
}

# ---- the bootstrap ----

struct Peer {
  protocolVersion @0 :UInt32;
  programVersion @1 :Text;
  streamVersion @2 :UInt32;
  calendarNanoseconds @3 :Int64;
  # The time since 1970, by the peer's calendar, when it sent this; 0 if it does not tell.
}

# The peer's key decides which of these interfaces is the bootstrap of its connection.  The peer
# cannot reach the other ones.

interface WorkerGate {
  enterAsWorker @0 (peer :Peer) -> (desk :WorkerDesk, refusal :Refusal, scheduler :Peer);
  # Refused if the stream versions differ, because all workers must compute the same samples.
}

interface ClientGate {
  enterAsClient @0 (peer :Peer) -> (desk :ClientDesk, refusal :Refusal, scheduler :Peer);
}

interface OwnerGate extends(ClientGate) {
  enterAsOwner @0 (peer :Peer) -> (desk :OwnerDesk, refusal :Refusal, scheduler :Peer);
}

interface SchedulerGate {
  identify @0 () -> (schedulerId :Text);
  # The id in the connection file.  A scheduler that starts asks for it: only the scheduler that
  # its connection file names keeps it from starting.
}

interface Gate extends(WorkerGate, OwnerGate, SchedulerGate) {
  # The bootstrap of a scheduler without keys: every peer may choose its role.
}

# ---- calls of workers ----

struct WorkerProfile {
  name @0 :Text;
  host @1 :Text;
  pid @2 :UInt32;
  threads @3 :UInt32;
  kernel @4 :Text;
  samplesPerSecond @5 :UInt64;
  # The speed of the sampler `random` with all threads together, measured by the self-test at the
  # start.
  batchJob @6 :Text;
  devices @7 :Text;
  # The devices that it computes with, for people: "cpu, NVIDIA H200".
  allocation @8 :Text;
  # The name of the allocation with which a scheduler started it (PI_ALLOCATION); empty for others.
  cpuThreads @9 :UInt32;
  # Threads on CPUs.  0: the worker cannot limit the threads of a lease, and is lent none that does.
}

struct WorkerHello {
  profile @0 :WorkerProfile;
  identity @1 :Data;
  # The identity that the first join returned; empty at the first join.  Its first 8 bytes are the
  # worker's number, the lowest byte first; the rest is a code that the scheduler checks.
  lent @2 :List(Lease);
  # The leases that `held` and `done` refer to, as they were lent, with their tickets.
  held @3 :List(LeaseRest);
  # The leases that the worker still computes.
  done @4 :List(Tally);
  # The tallies that the worker does not know to be committed.
  lastJoin @5 :UInt64;
  # The number `join` that the last join returned; 0 at the first join.  A copy of a worker's
  # process does not know the newest one, and is refused with `limitReached` while the worker is
  # connected.
  timeLeftNanoseconds @6 :UInt64;
  # So long from now the worker computes; then it drains by itself.  0 if it does not know its end.
}

struct Policy {
  # How often workers speak to the scheduler.  It changes with their number: each answer has the
  # newest one, and a worker keeps to the last that it got.
  heartbeatNanoseconds @0 :UInt64;
  # A computing worker reports at least this often.  0 in an answer of an older scheduler, which
  # tells its policy only when a worker joins.
  prefetchNanoseconds @1 :UInt64;
  # The worker asks for more work when its remaining work takes less than this time.
  leaseTargetNanoseconds @2 :UInt64;
  # How long a lease should take; 0 from older schedulers.
  silenceTimeoutNanoseconds @3 :UInt64;
  # A worker that makes no progress for this long is suspect; 0 from older schedulers.
}

interface WorkerDesk {
  join @0 (hello :WorkerHello, control :WorkerControl)
      -> (session :WorkerSession, identity :Data, policy :Policy, forget :List(UInt64),
          refusal :Refusal, committed :UInt64, join :UInt64);
  # Allowed once on a connection.  `forget` lists the held leases that this worker has lost.
  #
  # `committed`, here and below, is a sequence number of the worker's tallies: this tally and all
  # before it are on disk.  The worker keeps the later ones, and sends them to the next scheduler.
}

interface WorkerSession {
  # A worker that drops this without calling `leave` counts as lost.
  exchange @0 (done :List(Tally), roundTripNanoseconds :UInt64)
      -> (leases :List(Lease), committed :UInt64, policy :Policy);
  # Reports tallies and asks for leases.  Answered at once if it reports tallies or if there is
  # work; otherwise answered when there is work.  One call at a time.  The round trip, as the worker
  # measured it, is for the length of the leases.
  heartbeat @1 (done :List(Tally)) -> (committed :UInt64, policy :Policy);
  # Reports the tallies so far, as often as the policy says.
  leave @2 (done :List(Tally)) -> ();
  # Reports the last tallies of a worker that ends; its leases are lent to other workers.  Answered
  # when all tallies that it reported are committed.
}

interface WorkerControl {
  # The scheduler's calls to a worker.  They never carry leases.
  drain @0 () -> ();
  # The worker finishes the work it has begun, reports it, and ends.
  truncate @1 (lease :UInt64, end :UInt64) -> (end :UInt64);
  # The worker gives up the lease's samples from `end` on, or from the first sample that no thread
  # has begun if that is later.  Zero takes these, too: their threads abandon them.  It answers
  # where the lease ends now, or 2^63 if it no longer holds the lease.
  expectRestart @2 () -> ();
  # The scheduler stops and will start again.
}

# ---- calls of clients ----

struct JobSpec {
  stream @0 :Stream;
  samples @1 :UInt64;
  chunkSize @2 :UInt64;
  priority @3 :Int32;
  submitter @4 :Text;
  # user@host, as the client says; for display and fair shares only.
  name @5 :Text;
  # Chosen by the user; may be empty.
  targetError @6 :Float64;
  # The job ends when its standard error is at most this, or after `samples` samples; 0 for none.
  # In a JobInfo, `samples` are as many as the job needs, as far as is known.
  threadsMax @7 :UInt32;
  # At most so many threads compute the job at one time; 0: no limit.
}

enum JobState {
  queued @0;
  running @1;
  finished @2;
  cancelled @3;
  failed @4;
}

struct JobInfo {
  id @0 :UInt64;
  spec @1 :JobSpec;
  state @2 :JobState;
  samplesCounted @3 :UInt64;
  chunksCounted @4 :UInt64;
  hits @5 :List(UInt64);
  stratumSamples @6 :List(UInt64);
  elapsedNanoseconds @7 :UInt64;
  workers @8 :UInt64;
  threads @9 :UInt64;
  workersNow @10 :UInt64;
  duplicatesDropped @11 :UInt64;
  samplesPerSecond @12 :UInt64;
  reason @13 :Text;
  uid @14 :Data;
  # 16 random bytes that no other job has; empty if the scheduler does not know them.
  streamVersion @15 :UInt32;
  # The version of the stream that the samples are from.  0 means version 1: schedulers that do not
  # send this field have that version.
  submittedNanoseconds @16 :Int64;
  # The time of the submission since 1970, by the scheduler's calendar; 0 if it is not known.
  waitingNanoseconds @17 :UInt64;
  # From the submission to the first lease; to the end or to now if there was none.
  hasStarted @18 :Bool;
  # The job had a lease.
  ageNanoseconds @19 :UInt64;
  # From the submission to the end; to now if the job is not over.
  waitsForDisk @20 :Bool;
  # The job has ended, and the scheduler's disk does not take that yet.
  extendedFrom @21 :List(UInt64);
  # The samples with which the job was finished before it was extended, in order.
  workersAwaited @22 :Text;
  # There is no worker, and the scheduler asks for some: how that stands, as a clause; else empty.
}

enum WorkerState {
  active @0;
  silent @1;
  absent @2;
  draining @3;
  quarantined @4;
  lost @5;
}

struct WorkerInfo {
  id @0 :UInt64;
  profile @1 :WorkerProfile;
  state @2 :WorkerState;
  samplesContributed @3 :UInt64;
  samplesPerSecond @4 :UInt64;
  # Its speed, in samples that are computed one by one; when it counts by nets it counts more.
  leases @5 :UInt64;
  sinceHeardNanoseconds @6 :UInt64;
  reason @7 :Text;
  # Why the worker is in quarantine; empty if it is not.
  connectedNanoseconds @8 :UInt64;
  # How long it was connected, in all its connections; 0 from schedulers that do not say it.
  timeLeftNanoseconds @9 :UInt64;
  # As in WorkerHello; at least 1 if it knows its end.
}

struct AllocationInfo {
  # One worker on one node, which a batch system starts.
  name @0 :Text;
  id @1 :Text;
  # The batch system's; empty if it is not known.
  stage @2 :Text;
  reason @3 :Text;
  # Why it is pending, in the batch system's words.
  isConnected @4 :Bool;
  # Its worker is connected.
  isLeaving @5 :Bool;
  # It is to be cancelled, or its worker is told to leave.
  hasEstimate @6 :Bool;
  startsInNanoseconds @7 :UInt64;
  # As the batch system estimates, if it does.
  nodeSeconds @8 :UInt64;
  # That it has taken.
}

struct QueueInfo {
  # A queue from which the scheduler asks for workers.
  name @0 :Text;
  # As on its command line: "slurm: --partition=a".
  pausedBecause @1 :Text;
  # Empty if it is not paused.
  whyNotMore @2 :Text;
  # Why no further worker is asked for now; empty if one would be.
  workersMin @3 :UInt64;
  workersMax @4 :UInt64;
  pending @5 :UInt64;
  # Allocations that do not run yet.
  running @6 :UInt64;
  pendingReason @7 :Text;
  # That of the first pending allocation that has one.
  nodeSeconds @8 :UInt64;
  # That all allocations have taken, also those of earlier schedulers.
  nodeSecondsMax @9 :UInt64;
  # 0: no limit.
  allocations @10 :List(AllocationInfo);
  # At most 1,000 of them; only for the owner.
}

struct SchedulerInfo {
  programVersion @0 :Text;
  gitCommit @1 :Text;
  protocolVersion @2 :UInt32;
  streamVersion @3 :UInt32;
  host @4 :Text;
  pid @5 :UInt32;
  addresses @6 :List(Text);
  # As in the connection file.
  uptimeNanoseconds @7 :UInt64;
  unfinishedJobs @8 :UInt64;
  workers @9 :UInt64;
  # Connected workers that are not quarantined.
  threads @10 :UInt64;
  samplesPerSecond @11 :UInt64;
  # The speed of these workers together: measured, or else as they say.
  diskFailure @12 :Text;
  # Why jobs cannot be saved now; empty if they can.
  clockNanoseconds @13 :Int64;
  # Now, by the clock of all times in histories; it counts from any origin.  Less the uptime, it is
  # the start of this scheduler.
  calendarNanoseconds @14 :Int64;
  # The same time since 1970, by the scheduler's calendar; 0 from schedulers without histories.
  dashboard @15 :Text;
  # The URL of its dashboard; empty if it has none.
  queues @16 :List(QueueInfo);
  # From which it asks for workers; empty from schedulers that do not.
}

# ---- histories: they begin with the scheduler, except for points ----

struct ConvergencePoint {
  # The counts of a job at one time.
  number @0 :UInt32;
  # Counts up; a point replaces an older one with its number.
  samples @1 :UInt64;
  hits @2 :List(UInt64);
  elapsedNanoseconds @3 :UInt64;
  # As in JobInfo.
  isPrefix @4 :Bool;
  # The counted samples are [0, samples).
  isCorrected @5 :Bool;
  # Since the point before, counts were taken back or replaced.
}

struct Throughput {
  # Part i has the samples that were counted in (begin + i * width, begin + (i + 1) * width], in
  # times since the job's submission, as in `elapsedNanoseconds`.
  beginNanoseconds @0 :UInt64;
  widthNanoseconds @1 :UInt64;
  parts @2 :List(UInt64);
}

enum LeaseOutcome {
  running @0;
  done @1;
  truncated @2;
  givenBack @3;
  lost @4;
  duplicate @5;
  revoked @6;
  late @7;
}

struct LeaseRecord {
  number @0 :UInt64;
  # Counts ended leases from 1, in order; 0 while it runs.
  lease @1 :UInt64;
  worker @2 :UInt64;
  job @3 :UInt64;
  range @4 :SampleRange;
  counted @5 :UInt64;
  # So many samples from the beginning of the range are counted.
  hits @6 :List(UInt64);
  begunNanoseconds @7 :Int64;
  endedNanoseconds @8 :Int64;
  outcome @9 :LeaseOutcome;
}

struct StatePeriod {
  state @0 :WorkerState;
  beginNanoseconds @1 :Int64;
  endNanoseconds @2 :Int64;
  hasEnded @3 :Bool;
}

struct WorkerTrack {
  # The states of a worker, in order.
  worker @0 :UInt64;
  profile @1 :WorkerProfile;
  isGone @2 :Bool;
  # It left; or was lost, if its last state is `absent`.
  periods @3 :List(StatePeriod);
}

struct LogLine {
  number @0 :UInt64;
  # Counts from 1, without gaps.
  timeNanoseconds @1 :Int64;
  # Since 1970, by the scheduler's calendar.
  level @2 :Text;
  text @3 :Text;
  job @4 :UInt64;
  worker @5 :UInt64;
  # The subjects of the line; 0 for none.
}

interface ClientDesk {
  submit @0 (spec :JobSpec, requestId :Data)
      -> (job :Job, id :UInt64, refusal :Refusal, uid :Data);
  # Answered when the job is committed.  Repeating the call with the same request id returns the
  # same job, also after a restart of the scheduler.
  open @1 (id :UInt64, uid :Data) -> (job :Job, id :UInt64, refusal :Refusal, uid :Data);
  # Id 0 means the newest job.  If a uid is given and the job has another one, the call is refused
  # with `unknownJob`: after a state directory was lost, another job can have the same number.
  list @2 (before :UInt64, max :UInt32) -> (jobs :List(JobInfo), isLast :Bool);
  # A page of the jobs whose ids are less than `before`, the newest first; 0 means all ids.  A page
  # has at most `max` jobs, and 1,000 in any case; 0 means 1,000.  `isLast`: there is no older job.
  workers @3 () -> (workers :List(WorkerInfo));
  stop @4 (workers :Bool) -> (failure :Text, unfinishedJobs :UInt64, waitingWorkers :UInt64);
  # Ends the scheduler; with `workers`, ends its workers first.  Answered when this is done.  A
  # failure says why the last changes are not saved.  The jobs and workers are those that wait for
  # the next scheduler.
  info @5 (workersAwaited :UInt64) -> (info :SchedulerInfo, whyNever :Text);
  # A client that waits for so many workers asks again at least every second: a scheduler that
  # starts workers keeps so many while it does.  `whyNever` says why they cannot come; empty if they
  # may.
  extend @6 (id :UInt64, uid :Data, samples :UInt64, requestId :Data)
      -> (job :Job, id :UInt64, refusal :Refusal, uid :Data);
  # The finished job gets `samples` samples in all; those that it has stay counted.  Id and uid are
  # those of `open`.  Answered when this is committed, and at once if the job has them already.
  # Repeating the call with the same request id has no further effect.
  openControl @7 (forProgram :Bool) -> (secret :Text, refusal :Refusal);
  # Lets an HTTP client of the dashboard's door change something.  The secret is a code for a link,
  # which opens one session and is valid for a minute; or, for a program, a session itself.
  tracks @8 (after :UInt64) -> (tracks :List(WorkerTrack), isLast :Bool);
  # A page of at most 1,000 workers with higher numbers, in order: those that are there, and those
  # that are gone and remembered.
  log @9 (after :UInt64, max :UInt32) -> (lines :List(LogLine));
  # The newest lines of the log with higher numbers, the oldest of them first; at most `max`, and
  # 500 in any case; 0 means 500.
}

interface OwnerDesk extends(ClientDesk) {
  # For the user who runs the scheduler.  Calls that run commands as this user, or that end a
  # quarantine, belong only here.
  queues @0 () -> (queues :List(QueueInfo));
  # With their allocations.
  pauseQueue @1 (queue :UInt32, reason :Text) -> (refusal :Refusal);
  # The queue with this number, counted from 1 in the order of `queues`; 0 means all.  Nothing is
  # asked for until it is resumed, and what is pending is given back.
  resumeQueue @2 (queue :UInt32) -> (refusal :Refusal);
  dryRun @3 () -> (commands :List(Text), refusal :Refusal);
  # For each queue, the command that asks for one worker.  Nothing is done.
}

interface Job {
  # The job continues when this capability is dropped or its client ends.
  info @0 () -> (info :JobInfo);
  watch @1 (watcher :Watcher, minPeriodNanoseconds :UInt64) -> (subscription :Subscription);
  wait @2 () -> (info :JobInfo);
  # Answered when the end of the job (finished, cancelled or failed) is committed.
  cancel @3 (reason :Text) -> (info :JobInfo, wasOver :Bool);
  # Answered when the end of the job is committed.  Fails while the store cannot be written.  The
  # reason becomes that of the job; `wasOver`: the job was over before, and is not changed.
  setPriority @4 (priority :Int32) -> (info :JobInfo, wasOver :Bool);
  # Takes effect at once, and is saved within 100 ms.  `wasOver` as for `cancel`.
  convergence @5 (after :UInt32) -> (points :List(ConvergencePoint));
  # The points with higher numbers.  The last point may still be replaced, so a reader that has it
  # asks for the points after the one before.
  throughput @6 () -> (throughput :Throughput);
  endedLeases @7 (after :UInt64)
      -> (leases :List(LeaseRecord), isLast :Bool, restored :UInt64, forgotten :UInt64);
  # A page of at most 4,096 leases of this job that have ended, are remembered, and have higher
  # numbers, in order.  `restored` samples were counted by earlier schedulers, and `forgotten` ones
  # under leases that are no longer remembered.
  runningLeases @8 (after :UInt64) -> (leases :List(LeaseRecord), isLast :Bool);
  # A page of at most 4,096 running leases of this job with higher ids, in order.  Asked before
  # `endedLeases`, so that a lease that ends meanwhile is in one of the answers at least.
  audit @9 () -> (audit :JobAudit);
  # Proves from the store that each sample is counted once.  Refused until the job is over.
}

struct WorkerAudit {
  # The work of one worker for a job, as far as that is saved.
  worker @0 :UInt64;
  name @1 :Text;
  host @2 :Text;
  samples @3 :UInt64;
  # Counted.
  threads @4 :UInt32;
  leases @5 :UInt64;
  secondLeases @6 :UInt64;
  samplesDropped @7 :UInt64;
  samplesConfirmed @8 :UInt64;
  disproved @9 :UInt64;
}

struct JobAudit {
  # The sums over the rows of a job in the store.
  spec @0 :JobSpec;
  streamVersion @1 :UInt32;
  state @2 :JobState;
  counted @3 :UInt64;
  # Samples, which lie in so many ranges:
  ranges @4 :UInt64;
  hits @5 :List(UInt64);
  faults @6 :List(Text);
  # Clauses on errors; empty if each counted sample is counted once.
  workers @7 :List(WorkerAudit);
  workersLeftOut @8 :UInt64;
  samplesOfSeveral @9 :UInt64;
  # It is not known any more which workers computed these.
  id @10 :UInt64;
  uid @11 :Data;
}

interface Watcher {
  update @0 (info :JobInfo) -> ();
  # The scheduler waits for the answer before it sends the next update, which has the newest state.
}

interface Subscription {
  # The updates end when this is dropped.
}
