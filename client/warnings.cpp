#include "client/warnings.h"

#include "client/job_calls.h"
#include "client/output.h"
#include "common/base/quantity.h"
#include "common/model/block.h"
#include "common/model/target.h"

namespace pi::client {

void warnOfYears(const JobSpec& spec, std::uint64_t samplesPerSecond) {
  if (isCountedByNets(spec)) return;  // It takes the root of that time.
  if (std::optional<std::string> years = yearsText(firstPrefix(spec), samplesPerSecond)) {
    report("warning: at the present speed (" + rateText(samplesPerSecond) + ") this job takes " +
           *years + "; check the number of samples");
  }
}

void warnOfYears(const JobSpec& spec, net::ClientLink& link) {
  // One thread of a slow CPU computes more than this in a year.
  constexpr std::uint64_t kYearOfOneThread = 1'000'000'000'000'000;
  if (firstPrefix(spec) < kYearOfOneThread || isCountedByNets(spec)) return;
  warnOfYears(spec, describeScheduler(link).samplesPerSecond);
}

void warnOfThreads(std::uint32_t threads, std::uint32_t cpus) {
  if (threads <= cpus) return;
  report("warning: " + countText(threads, "thread") + " on " + countText(cpus, "CPU") +
         "; more threads than CPUs do not compute faster");
}

}  // namespace pi::client
