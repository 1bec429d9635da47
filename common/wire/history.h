// Converts between the schema's histories and our values.  Reading validates, as in wire.h.
#pragma once

#include "common/model/convergence_point.h"
#include "common/model/lease_record.h"
#include "common/model/log_line.h"
#include "common/model/throughput_parts.h"
#include "common/model/worker_track.h"
#include "proto/pi.capnp.h"

namespace pi {

ConvergencePoint fromWire(wire::ConvergencePoint::Reader from);
ThroughputParts fromWire(wire::Throughput::Reader from);
LeaseRecord fromWire(wire::LeaseRecord::Reader from);  // No more is counted than was lent.
StatePeriod fromWire(wire::StatePeriod::Reader from);
WorkerTrackInfo fromWire(wire::WorkerTrack::Reader from);
LogLine fromWire(wire::LogLine::Reader from);

void toWire(const ConvergencePoint& from, wire::ConvergencePoint::Builder to);
void toWire(const ThroughputParts& from, wire::Throughput::Builder to);
void toWire(const LeaseRecord& from, wire::LeaseRecord::Builder to);
void toWire(const StatePeriod& from, wire::StatePeriod::Builder to);
void toWire(const WorkerTrackInfo& from, wire::WorkerTrack::Builder to);
// Cuts the text at kReasonBytesMax, and replaces what cannot be shown.
void toWire(const LogLine& from, wire::LogLine::Builder to);

}  // namespace pi
