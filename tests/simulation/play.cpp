#include "tests/simulation/play.h"

#include <cstdio>

#include "tests/simulation/crash_report.h"

namespace pi::simulation {

Outcome play(const Plan& plan, const std::string& advice) {
  CrashReport report([&plan](Trace& trace) { simulate(plan, trace); }, advice);
  Outcome outcome = simulate(plan);
  if (outcome.wrong.empty()) return outcome;
  Trace trace(Trace::Mode::kKeep);
  simulate(plan, trace);
  trace.printKept(stdout);
  std::printf("%s\n", advice.c_str());
  return outcome;
}

}  // namespace pi::simulation
