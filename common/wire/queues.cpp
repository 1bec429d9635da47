#include "common/wire/queues.h"

#include <algorithm>
#include <string>

#include "common/model/limits.h"
#include "common/wire/fields.h"
#include "common/wire/limits.h"

namespace pi {
namespace {

using namespace fields;

std::string text(capnp::Text::Reader from) {
  return textFrom(from, kReasonBytesMax, "a text about a queue");
}

}  // namespace

AllocationInfo fromWire(wire::AllocationInfo::Reader from) {
  AllocationInfo info{.name = text(from.getName()),
                      .id = text(from.getId()),
                      .stage = text(from.getStage()),
                      .reason = text(from.getReason()),
                      .isConnected = from.getIsConnected(),
                      .isLeaving = from.getIsLeaving(),
                      .nodeSeconds = from.getNodeSeconds()};
  if (from.getHasEstimate()) info.startsIn = durationFrom(from.getStartsInNanoseconds());
  return info;
}

QueueInfo fromWire(wire::QueueInfo::Reader from) {
  QueueInfo info{.name = text(from.getName()),
                 .pausedBecause = text(from.getPausedBecause()),
                 .whyNotMore = text(from.getWhyNotMore()),
                 .workersMin = from.getWorkersMin(),
                 .workersMax = from.getWorkersMax(),
                 .pending = from.getPending(),
                 .running = from.getRunning(),
                 .pendingReason = text(from.getPendingReason()),
                 .nodeSeconds = from.getNodeSeconds(),
                 .nodeSecondsMax = from.getNodeSecondsMax()};
  require(from.getAllocations().size() <= kAllocationsShownMax, "a list is too long");
  for (wire::AllocationInfo::Reader allocation : from.getAllocations()) {
    info.allocations.push_back(fromWire(allocation));
  }
  return info;
}

void toWire(const AllocationInfo& from, wire::AllocationInfo::Builder to) {
  to.setName(from.name.c_str());
  to.setId(from.id.c_str());
  to.setStage(from.stage.c_str());
  to.setReason(from.reason.c_str());
  to.setIsConnected(from.isConnected);
  to.setIsLeaving(from.isLeaving);
  to.setHasEstimate(from.startsIn.has_value());
  to.setStartsInNanoseconds(nanosecondsOf(from.startsIn.value_or(Duration{})));
  to.setNodeSeconds(from.nodeSeconds);
}

void toWire(const QueueInfo& from, wire::QueueInfo::Builder to) {
  to.setName(from.name.c_str());
  to.setPausedBecause(from.pausedBecause.c_str());
  to.setWhyNotMore(from.whyNotMore.c_str());
  to.setWorkersMin(from.workersMin);
  to.setWorkersMax(from.workersMax);
  to.setPending(from.pending);
  to.setRunning(from.running);
  to.setPendingReason(from.pendingReason.c_str());
  to.setNodeSeconds(from.nodeSeconds);
  to.setNodeSecondsMax(from.nodeSecondsMax);
  auto allocations = to.initAllocations(static_cast<unsigned>(from.allocations.size()));
  for (unsigned i = 0; i < allocations.size(); ++i) toWire(from.allocations[i], allocations[i]);
}

}  // namespace pi
