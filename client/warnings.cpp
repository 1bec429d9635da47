#include "client/warnings.h"

#include <optional>
#include <string>

#include "client/job_calls.h"
#include "client/output.h"
#include "common/base/quantity.h"
#include "common/model/block.h"
#include "common/model/target.h"

namespace pi::client {
namespace {

// That of a thread with AVX2.  While no worker is connected, no other speed is known.
constexpr std::uint64_t kUsualSpeed = 5'000'000'000;

// If the job takes a year or more at this speed.
void warn(const JobSpec& spec, std::uint64_t samplesPerSecond, const std::string& whose) {
  if (isCountedByNets(spec)) return;  // It takes the root of that time.
  if (std::optional<std::string> years = yearsText(firstPrefix(spec), samplesPerSecond)) {
    report("warning: " + whose + " (" + rateText(samplesPerSecond) + ") this job takes " + *years +
           "; check the number of samples");
  }
}

}  // namespace

void warnOfYears(const JobSpec& spec, std::uint64_t samplesPerSecond) {
  warn(spec, samplesPerSecond, "at the present speed");
}

void warnOfYears(const JobSpec& spec, net::ClientLink& link) {
  // One thread of a slow CPU computes more than this in a year.
  constexpr std::uint64_t kYearOfOneThread = 1'000'000'000'000'000;
  if (firstPrefix(spec) < kYearOfOneThread || isCountedByNets(spec)) return;
  std::uint64_t speed = describeScheduler(link).samplesPerSecond;
  if (speed > 0) return warnOfYears(spec, speed);
  warn(spec, kUsualSpeed, "no worker is connected, and at the usual speed of one thread");
}

void warnOfThreads(std::uint32_t threads, std::uint32_t cpus) {
  if (threads <= cpus) return;
  report("warning: " + countText(threads, "thread") + " on " + countText(cpus, "CPU") +
         "; more threads than CPUs do not compute faster");
}

}  // namespace pi::client
