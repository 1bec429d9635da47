// Converts between the schema's structures and our values.  Reading validates: a value that breaks
// the rules of its type throws a kj::Exception with one sentence.
#pragma once

#include <capnp/list.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "common/model/lease.h"
#include "common/model/refusal.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_info.h"
#include "common/model/worker_policy.h"
#include "common/wire/limits.h"
#include "proto/pi.capnp.h"

namespace pi {

using WireHits = capnp::List<std::uint64_t>;
using WireLeases = capnp::List<wire::Lease>;
using WireRests = capnp::List<wire::LeaseRest>;
using WireTallies = capnp::List<wire::Tally>;

SampleRange fromWire(wire::SampleRange::Reader from);
Stream fromWire(wire::Stream::Reader from);
Hits fromWire(WireHits::Reader from);
Lease fromWire(wire::Lease::Reader from);
LeaseRest fromWire(wire::LeaseRest::Reader from);
LeaseTally fromWire(wire::Tally::Reader from);
JobUid fromWire(capnp::Data::Reader from);     // 16 bytes, or none: all zero.
JobSpec fromWire(wire::JobSpec::Reader from);  // 1 <= chunkSize <= samples < 2^63
JobInfo fromWire(wire::JobInfo::Reader from);
WorkerProfile fromWire(wire::WorkerProfile::Reader from);  // At least one thread.
WorkerInfo fromWire(wire::WorkerInfo::Reader from);
SchedulerInfo fromWire(wire::SchedulerInfo::Reader from);
std::uint64_t samplesFromWire(std::uint64_t samples);  // A job has 1 to 2^63 - 1 of them.
std::string reasonFromWire(capnp::Text::Reader from);  // At most kReasonBytesMax.
// The time until a worker ends, at most kTimeLeftMax; zero nanoseconds mean that it knows no end.
std::optional<Duration> timeLeftFromWire(std::uint64_t nanoseconds);
std::uint64_t timeLeftToWire(std::optional<Duration> timeLeft);
// Nothing if an older scheduler did not send it.  No time is longer than `longest`.
std::optional<WorkerPolicy> fromWire(wire::Policy::Reader from, Duration longest);
std::vector<Lease> fromWire(WireLeases::Reader from);
std::vector<LeaseRest> fromWire(WireRests::Reader from);
std::vector<LeaseTally> fromWire(WireTallies::Reader from);

// The bytes of a uid as the schema has them, none if it is all zero.  Valid as long as `uid`.
capnp::Data::Reader toWire(const JobUid& uid);
void toWire(const Refusal& from, wire::Refusal::Builder to);
void toWire(SampleRange from, wire::SampleRange::Builder to);
void toWire(const WorkerPolicy& from, wire::Policy::Builder to);
void toWire(Stream from, wire::Stream::Builder to);
void toWire(const Lease& from, wire::Lease::Builder to);
void toWire(const LeaseRest& from, wire::LeaseRest::Builder to);
void toWire(const LeaseTally& from, wire::Tally::Builder to);
void toWire(const JobSpec& from, wire::JobSpec::Builder to);
void toWire(const JobInfo& from, wire::JobInfo::Builder to);
void toWire(const WorkerProfile& from, wire::WorkerProfile::Builder to);
void toWire(const WorkerInfo& from, wire::WorkerInfo::Builder to);
void toWire(const SchedulerInfo& from, wire::SchedulerInfo::Builder to);
// The list `to` must have the same length, as request.initDone(from.size()) makes it.
void toWire(const std::vector<Lease>& from, WireLeases::Builder to);
void toWire(const std::vector<LeaseRest>& from, WireRests::Builder to);
void toWire(const std::vector<LeaseTally>& from, WireTallies::Builder to);

}  // namespace pi
