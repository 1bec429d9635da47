// The rules of Chrome's trace event format, as far as our traces use it.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/json/documents.h"

namespace pi::client::testing {

// In nanoseconds, as Perfetto reads them.
struct TraceSlice {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

// Two slices of one thread do not overlap, unless one is within the other.
inline void checkNesting(std::vector<TraceSlice> slices) {
  std::ranges::sort(slices, [](const TraceSlice& left, const TraceSlice& right) {
    return std::pair(left.begin, -left.end) < std::pair(right.begin, -right.end);
  });
  std::vector<TraceSlice> open;
  for (const TraceSlice& slice : slices) {
    while (!open.empty() && open.back().end <= slice.begin) open.pop_back();
    if (!open.empty()) CHECK(slice.end <= open.back().end);
    open.push_back(slice);
  }
}

inline void checkTraceRules(const Json& trace) {
  using Thread = std::pair<std::int64_t, std::int64_t>;
  std::set<std::int64_t> processes, namedProcesses;
  std::set<Thread> threads, namedThreads;
  std::map<Thread, std::vector<TraceSlice>> slices;
  auto nanoseconds = [](const Json& time) { return std::llround(time.get<double>() * 1000); };
  for (const Json& event : trace.at("traceEvents")) {
    CAPTURE(event.dump());
    std::string kind = event.at("ph").get<std::string>();
    std::string name = event.at("name").get<std::string>();
    Thread thread{event.at("pid").get<std::int64_t>(), event.at("tid").get<std::int64_t>()};
    std::int64_t begin = nanoseconds(event.at("ts"));
    CHECK(begin >= 0);
    if (kind == "M") {
      CHECK(event.at("args").at("name").is_string());
      if (name == "process_name") CHECK(namedProcesses.insert(thread.first).second);
      if (name == "thread_name") CHECK(namedThreads.insert(thread).second);
      continue;
    }
    processes.insert(thread.first);
    threads.insert(thread);
    CHECK(event.at("cat").is_string());
    if (kind == "X") {
      std::int64_t duration = nanoseconds(event.at("dur"));
      CHECK(duration >= 0);
      CHECK(event.at("args").is_object());
      slices[thread].push_back({.begin = begin, .end = begin + duration});
    } else {
      CHECK(kind == "i");
      std::string scope = event.at("s").get<std::string>();
      CHECK((scope == "g" || scope == "p" || scope == "t"));
    }
  }
  CHECK(processes == namedProcesses);
  CHECK(threads == namedThreads);
  for (const auto& [thread, all] : slices) checkNesting(all);
}

}  // namespace pi::client::testing
