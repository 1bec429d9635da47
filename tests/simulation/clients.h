// The clients of a story: each wants one job done, and asks until it knows the job's id.  Some want
// it extended when it is finished.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/model/ids.h"
#include "common/model/job.h"
#include "scheduler/core/action.h"
#include "tests/simulation/random.h"

namespace pi::simulation {

struct World;

class Clients {
 public:
  explicit Clients(World& world);

  // Submits the jobs of the plan at their times.
  void start();

  // A new scheduler has started: those without an answer ask it, in another order than before, so
  // that a job that was lost leaves its number to another.
  void askAgain();

  void note(const scheduler::action::AcceptJob& accepted);
  void note(const scheduler::action::AcceptExtension& accepted);
  void note(const scheduler::action::RefuseJob& refused);
  void note(const scheduler::action::AnnounceEnd& end);

  // The state directory is lost: no answer holds any longer.
  void forgetAnswers();

  bool areAllAnswered() const;  // Also those who want an extension.

  // Samples of jobs that are not over and not counted, as far as the scheduler knows now, by their
  // limit of threads.
  std::map<std::uint32_t, double> samplesLeft() const;

 private:
  struct Client {
    JobSpec spec;
    std::string requestId;
    JobUid uid;
    bool hasAsked = false;
    std::optional<JobId> promised{};        // The answer was sent, and may be lost.
    std::optional<JobId> job{};             // The answer has arrived.
    std::vector<std::uint64_t> extendTo{};  // Empty: none is wanted, or possible any more.
    Duration extendAfter{};
    bool isHasty = false;
    std::size_t extended = 0;  // How many extensions were answered.
    bool wantsExtension() const { return extended < extendTo.size(); }
  };
  void ask(std::size_t index);
  void askToExtend(std::size_t index);
  void noteRefusedExtension(std::size_t index);
  // The job as the scheduler has it.
  std::optional<JobInfo> infoOf(const Client& client) const;

  World& world_;
  Random random_;
  std::vector<Client> clients_;
};

}  // namespace pi::simulation
