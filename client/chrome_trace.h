// A job's past in Chrome's trace event format, which Perfetto (ui.perfetto.dev) opens.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/json/documents.h"
#include "common/model/job.h"
#include "common/model/lease_record.h"
#include "common/model/scheduler_info.h"
#include "common/model/worker_track.h"

namespace pi::client {

// Writes a trace piece by piece: a process for each host, a thread for each worker that had leases
// of the job, a slice for each lease, and instants for the events of the workers.  Times count
// from the start of the scheduler, before which nothing is known.
class ChromeTrace {
 public:
  using Write = std::function<void(const std::string&)>;
  struct Subject {
    JobInfo job;
    SchedulerInfo scheduler;
    std::vector<WorkerTrackInfo> tracks;
  };
  ChromeTrace(const Subject& subject, Write write);

  // In the order of readLeases().
  void add(const LeaseRecord& lease);

  // Ends the trace.  `unremembered`: the samples that were counted and are in no lease of it.
  void finish(std::uint64_t unremembered);

 private:
  struct Place {
    int process = 0;
    int thread = 0;
    Instant busyUntil{};
  };
  struct Slice {
    std::string name;
    Instant begin{};
    Instant end{};
    Json details;
  };

  Place& placeOf(WorkerId worker);
  int processOf(const std::string& host);
  void describe(const WorkerTrackInfo& track, const Place& place);
  void put(const Place& place, const Slice& slice);
  void putInstant(const Place& place, std::string_view name, Instant time, char scope);
  void putName(std::string_view kind, const Place& place, const std::string& name);
  void putEvent(const Json& event);

  Subject subject_;
  const Instant start_;
  Write write_;
  std::string text_;  // Not written yet.
  bool isFirst_ = true;
  std::map<std::string, int> processes_;  // By host.
  std::map<WorkerId, Place> places_;
  std::map<WorkerId, const WorkerTrackInfo*> tracks_;
};

}  // namespace pi::client
