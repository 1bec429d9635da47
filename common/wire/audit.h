// Converts between the schema's audits and our values.  Reading validates, as in wire.h.
#pragma once

#include "common/model/job_audit.h"
#include "proto/pi.capnp.h"

namespace pi {

JobAudit fromWire(wire::JobAudit::Reader from);
void toWire(const JobAudit& from, wire::JobAudit::Builder to);

}  // namespace pi
