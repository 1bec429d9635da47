#include "client/history_calls.h"

#include <map>

#include "common/wire/history.h"

namespace pi::client {
namespace {

template <typename Value, typename List>
void append(List list, std::vector<Value>& values) {
  for (auto each : list) values.push_back(fromWire(each));
}

std::map<LeaseId, LeaseRecord> runningLeases(net::ClientLink& link, wire::Job::Client job) {
  std::map<LeaseId, LeaseRecord> running;
  for (bool isLast = false; !isLast;) {
    auto request = job.runningLeasesRequest();
    request.setAfter(running.empty() ? 0 : number(running.rbegin()->first));
    auto page = link.answer(request.send());
    for (wire::LeaseRecord::Reader each : page.getLeases()) {
      LeaseRecord record = fromWire(each);
      running[record.lease] = record;
    }
    isLast = page.getIsLast() || page.getLeases().size() == 0;
  }
  return running;
}

}  // namespace

std::vector<ConvergencePoint> pointsOf(net::ClientLink& link, wire::Job::Client job,
                                       std::uint32_t after) {
  auto request = job.convergenceRequest();
  request.setAfter(after);
  std::vector<ConvergencePoint> points;
  append(link.answer(request.send()).getPoints(), points);
  return points;
}

ThroughputParts throughputOf(net::ClientLink& link, wire::Job::Client job) {
  return fromWire(link.answer(job.throughputRequest().send()).getThroughput());
}

Unremembered readLeases(net::ClientLink& link, wire::Job::Client job,
                        const std::function<void(const LeaseRecord&)>& take) {
  // First the running ones: those that end meanwhile are in a later answer.
  std::map<LeaseId, LeaseRecord> running = runningLeases(link, job);
  std::uint64_t after = 0;
  while (true) {
    auto request = job.endedLeasesRequest();
    request.setAfter(after);
    auto page = link.answer(request.send());
    for (wire::LeaseRecord::Reader each : page.getLeases()) {
      LeaseRecord record = fromWire(each);
      after = record.number;
      running.erase(record.lease);
      take(record);
    }
    if (!page.getIsLast() && page.getLeases().size() > 0) continue;
    for (const auto& [lease, record] : running) take(record);
    return {.restored = page.getRestored(), .forgotten = page.getForgotten()};
  }
}

std::vector<WorkerTrackInfo> tracksOf(net::ClientLink& link) {
  std::vector<WorkerTrackInfo> tracks;
  for (bool isLast = false; !isLast;) {
    auto request = link.desk.tracksRequest();
    request.setAfter(tracks.empty() ? 0 : number(tracks.back().worker));
    auto page = link.answer(request.send());
    append(page.getTracks(), tracks);
    isLast = page.getIsLast() || page.getTracks().size() == 0;
  }
  return tracks;
}

std::vector<LogLine> logLines(net::ClientLink& link, std::uint64_t after, std::uint32_t max) {
  auto request = link.desk.logRequest();
  request.setAfter(after);
  request.setMax(max);
  std::vector<LogLine> lines;
  append(link.answer(request.send()).getLines(), lines);
  return lines;
}

}  // namespace pi::client
