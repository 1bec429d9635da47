// The clients of a story: each wants one job done, and asks until it knows the job's id.
#pragma once

#include <cstddef>
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
  void note(const scheduler::action::RefuseJob& refused);

  // The state directory is lost: no answer holds any longer.
  void forgetAnswers();

  bool areAllAnswered() const;

  // Samples of all jobs that are not over and not counted, as far as the scheduler knows now.
  double samplesLeft() const;

 private:
  struct Client {
    JobSpec spec;
    std::string requestId;
    JobUid uid;
    bool hasAsked = false;
    std::optional<JobId> promised{};  // The answer was sent, and may be lost.
    std::optional<JobId> job{};       // The answer has arrived.
  };
  void ask(std::size_t index);

  World& world_;
  Random random_;
  std::vector<Client> clients_;
};

}  // namespace pi::simulation
