#include "common/wire/fields.h"

#include <kj/exception.h>

#include <limits>

#include "common/base/printable.h"
#include "common/model/sample_range.h"

namespace pi::fields {
namespace {

// The enums of the schema and ours number their values alike.
static_assert(static_cast<int>(wire::WorkerState::ACTIVE) ==
              static_cast<int>(WorkerState::kActive));
static_assert(static_cast<int>(wire::WorkerState::SILENT) ==
              static_cast<int>(WorkerState::kSilent));
static_assert(static_cast<int>(wire::WorkerState::ABSENT) ==
              static_cast<int>(WorkerState::kAbsent));
static_assert(static_cast<int>(wire::WorkerState::DRAINING) ==
              static_cast<int>(WorkerState::kDraining));
static_assert(static_cast<int>(wire::WorkerState::QUARANTINED) ==
              static_cast<int>(WorkerState::kQuarantined));
static_assert(static_cast<int>(wire::WorkerState::LOST) == static_cast<int>(WorkerState::kLost));

}  // namespace

void refuse(const std::string& sentence) {
  kj::throwFatalException(kj::Exception(kj::Exception::Type::FAILED, __FILE__, __LINE__,
                                        kj::heapString(sentence.c_str())));
}

void require(bool belief, const char* sentence) {
  if (!belief) refuse(sentence);
}

std::string textFrom(capnp::Text::Reader from, std::size_t bytesMax, const char* what) {
  if (from.size() > bytesMax) refuse(std::string(what) + " is too long");
  std::string text(from.begin(), from.end());
  if (printable(text) != text) {
    refuse(std::string(what) + " has a character in it that cannot be shown: " + quoted(text));
  }
  return text;
}

Duration durationFrom(std::uint64_t nanoseconds) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<Duration::rep>::max());
  require(nanoseconds <= kMax, "a duration is longer than 292 years");
  return Duration(static_cast<Duration::rep>(nanoseconds));
}

std::uint64_t nanosecondsOf(Duration duration) {
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

std::array<std::uint64_t, kStrataMax> strataFrom(WireHits::Reader from) {
  require(from.size() <= kStrataMax, "there are 16 strata at most");
  std::array<std::uint64_t, kStrataMax> strata{};
  std::uint64_t left = kSamplesEnd;
  for (unsigned i = 0; i < from.size(); ++i) {
    strata[i] = from[i];
    require(strata[i] <= left, "there are no more than 2^63 samples");
    left -= strata[i];
  }
  return strata;
}

WorkerState stateFrom(wire::WorkerState from) {
  require(from <= wire::WorkerState::LOST, "this worker state is not known here");
  return static_cast<WorkerState>(from);
}

JobState stateFrom(wire::JobState from) {
  require(from <= wire::JobState::FAILED, "this job state is not known here");
  return static_cast<JobState>(from);
}

}  // namespace pi::fields
