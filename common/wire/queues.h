// Converts queues and their allocations between the schema's structures and our values, as wire.h
// does.
#pragma once

#include "common/model/queue_info.h"
#include "proto/pi.capnp.h"

namespace pi {

QueueInfo fromWire(wire::QueueInfo::Reader from);
AllocationInfo fromWire(wire::AllocationInfo::Reader from);

void toWire(const QueueInfo& from, wire::QueueInfo::Builder to);
void toWire(const AllocationInfo& from, wire::AllocationInfo::Builder to);

}  // namespace pi
