// The events and actions of both cores as one line of text each.  An event or an action without a
// text does not compile.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/model/job.h"
#include "scheduler/core/action.h"
#include "scheduler/core/event.h"
#include "worker/core/action.h"
#include "worker/core/event.h"

namespace pi::simulation {

std::string describe(const scheduler::Event& event);
std::string describe(const scheduler::Action& action);
std::string describe(const worker::Event& event);
std::string describe(const worker::Action& action);

// Workers and leases read "epoch.number": the epoch of the scheduler that named them.
std::string describe(JobId job);
std::string describe(WorkerId worker);
std::string describe(LeaseId lease);
std::string describe(SampleRange range);
std::string describe(const Lease& lease);
std::string describe(const LeaseRest& rest);
std::string describe(const LeaseTally& tally);
std::string describe(const scheduler::JobChanges& changes);
std::string describe(const JobSpec& spec);

// With at most six decimals, such as "1.5".
std::string inSeconds(Duration duration);

}  // namespace pi::simulation
