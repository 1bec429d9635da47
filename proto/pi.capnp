@0xb7e1a5c3d2f04698;
# What scheduler, workers and clients say to each other.  Versions of the programs mix: new fields
# and methods go at the end with the next number, no number is ever used again, and a field that an
# older peer leaves out reads as its default, which has to mean "absent".

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("pi::wire");

const protocolVersion :UInt32 = 1;
# Raised only when an older peer could no longer make sense of a newer one.

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
  # 16 bytes that prove to a scheduler of this state directory that the lease was lent to the worker
  # who shows it.
}

struct LeaseRest {
  # What of a lease its holder has not reported.
  lease @0 :UInt64;
  range @1 :SampleRange;
}

struct Tally {
  # A finished run of a lease's samples.  A worker reports a lease's samples in order.
  lease @0 :UInt64;
  job @1 :UInt64;
  range @2 :SampleRange;
  hits @3 :List(UInt64);
  # By stratum; strata at the end that have none may be left out.
  busyNanoseconds @4 :UInt64;
  # From the first of these samples to the last, all threads together.
  sequence @5 :UInt64;
  # A worker numbers its tallies from 1 in the order in which it reports them.
}

struct Refusal {
  # Why a call could not be granted; `none` when it was.
  code @0 :Code;
  sentence @1 :Text;
  # One line for people: what was wrong and what to do.

  enum Code {
    none @0;
    unknownJob @1;
    badRequest @2;
    limitReached @3;
    versionMismatch @4;
    notAllowed @5;
    stopping @6;
  }
}

# ---- the door ----

struct Peer {
  protocolVersion @0 :UInt32;
  programVersion @1 :Text;
  streamVersion @2 :UInt32;
}

# The bootstrap of a connection is what its peer's key opens, and nothing else exists for it.

interface WorkerGate {
  enterAsWorker @0 (peer :Peer) -> (desk :WorkerDesk, refusal :Refusal);
  # Refused when the streams differ: a worker must compute the very same samples.
}

interface ClientGate {
  enterAsClient @0 (peer :Peer) -> (desk :ClientDesk, refusal :Refusal, scheduler :Peer);
}

interface OwnerGate extends(ClientGate) {
  enterAsOwner @0 (peer :Peer) -> (desk :OwnerDesk, refusal :Refusal, scheduler :Peer);
}

interface Gate extends(WorkerGate, OwnerGate) {
  # The bootstrap of a scheduler without keys: every peer may choose its role.
}

# ---- what a worker may do ----

struct WorkerProfile {
  name @0 :Text;
  host @1 :Text;
  pid @2 :UInt32;
  threads @3 :UInt32;
  kernel @4 :Text;
  samplesPerSecond @5 :UInt64;
  # All threads together, from the start-up self-test.
  batchJob @6 :Text;
}

struct WorkerHello {
  profile @0 :WorkerProfile;
  identity @1 :Data;
  # As given at the first join; empty when this is the first.
  lent @2 :List(Lease);
  # As they were lent, with their tickets: the leases of what follows.
  held @3 :List(LeaseRest);
  # Leases still in hand.
  done @4 :List(Tally);
  # Tallies that are not known to be committed.
}

struct Policy {
  # How the scheduler wants its workers to behave.
  heartbeatNanoseconds @0 :UInt64;
  prefetchNanoseconds @1 :UInt64;
  # Ask for more work when what is left would take no longer than this.
}

interface WorkerDesk {
  join @0 (hello :WorkerHello, control :WorkerControl)
      -> (session :WorkerSession, identity :Data, policy :Policy, forget :List(UInt64),
          refusal :Refusal, committed :UInt64);
  # Once a connection.  `forget`: held leases that are no longer this worker's.
  #
  # `committed`, here and below: up to which of its tallies, by the worker's own numbers, everything
  # is on disk.  The worker keeps the later ones, and shows them to the next scheduler.
}

interface WorkerSession {
  # Dropping it without `leave` is how a worker is lost.
  exchange @0 (done :List(Tally)) -> (leases :List(Lease), committed :UInt64);
  # Tallies up, leases down.  Answered at once when it brings tallies or there is work; otherwise it
  # waits until there is.  One call at a time.
  heartbeat @1 (done :List(Tally)) -> (committed :UInt64);
  # About once a second while computing, with what is finished so far.
  leave @2 (done :List(Tally)) -> ();
  # The last tallies of a worker that drains; its leases are lent on.  Answered when everything that
  # it reported is committed.
}

interface WorkerControl {
  # From scheduler to worker: control, never work.
  drain @0 () -> ();
  truncate @1 (lease :UInt64, end :UInt64) -> (end :UInt64);
  # Give up a lease's samples from `end` on, or from wherever its threads have got to by now: the
  # answer says which.  A lease that the worker does not hold any more answers 2^63.
  expectRestart @2 () -> ();
  # The scheduler stops, in order, and will be back.
}

# ---- what a client may do ----

struct JobSpec {
  stream @0 :Stream;
  samples @1 :UInt64;
  chunkSize @2 :UInt64;
  priority @3 :Int32;
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
  # 16 random bytes that no other job ever has; empty when the scheduler does not know them.
  streamVersion @15 :UInt32;
  # The version of the stream that the samples come from.  0 is version 1: schedulers from before
  # this field computed no other.
}

enum WorkerState {
  active @0;
  silent @1;
  absent @2;
  draining @3;
  quarantined @4;
}

struct WorkerInfo {
  id @0 :UInt64;
  profile @1 :WorkerProfile;
  state @2 :WorkerState;
  samplesContributed @3 :UInt64;
  samplesPerSecond @4 :UInt64;
  leases @5 :UInt64;
  sinceHeardNanoseconds @6 :UInt64;
  reason @7 :Text;
  # Of a quarantine.
}

interface ClientDesk {
  submit @0 (spec :JobSpec, requestId :Data)
      -> (job :Job, id :UInt64, refusal :Refusal, uid :Data);
  # Answered once the job is committed.  The same request id means the same job, however often and
  # to however many schedulers of one state directory it is sent.
  open @1 (id :UInt64, uid :Data) -> (job :Job, id :UInt64, refusal :Refusal, uid :Data);
  # Id 0 is the job submitted last.  With a uid the job must have that one, or the answer is the
  # refusal `unknownJob`: another job may have the number after a state directory was lost.
  list @2 () -> (jobs :List(JobInfo));
  workers @3 () -> (workers :List(WorkerInfo));
  stop @4 (workers :Bool) -> (failure :Text);
  # Ends the scheduler in order, and with `workers` its workers before it.  Answered when that is
  # done; a failure says why the last changes are not saved.
}

interface OwnerDesk extends(ClientDesk) {
  # For the user who runs the scheduler: calls that run commands as this user, or that lift a
  # quarantine, belong here and nowhere else.
}

interface Job {
  # A job outlives this capability and the client that holds it.
  info @0 () -> (info :JobInfo);
  watch @1 (watcher :Watcher, minPeriodNanoseconds :UInt64) -> (subscription :Subscription);
  wait @2 () -> (info :JobInfo);
  # Answered once it is committed that the job is finished, cancelled or failed.
  cancel @3 () -> (info :JobInfo);
  # Answered likewise; fails while nothing can be saved.
}

interface Watcher {
  update @0 (info :JobInfo) -> ();
  # One in flight, and the newest wins.
}

interface Subscription {
  # Dropping it ends the updates.
}
