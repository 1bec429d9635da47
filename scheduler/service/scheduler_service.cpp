#include "scheduler/service/scheduler_service.h"

#include <map>
#include <variant>

#include "common/base/match.h"
#include "common/net/loop/clock.h"
#include "common/net/secrets/random.h"

namespace pi::scheduler {
namespace {

constexpr std::size_t kSecretBytes = 32;

// A scheduler without a state directory has an incarnation, too: its secret makes it unique.
std::map<std::uint64_t, Incarnation> incarnationsOf(const Saved& saved) {
  auto incarnations = saved.incarnations;
  incarnations.try_emplace(saved.epoch);
  return incarnations;
}

std::string secretOf(const SchedulerService::Inheritance& inheritance) {
  return inheritance.secret.empty() ? net::randomBytes(kSecretBytes) : inheritance.secret;
}

}  // namespace

SchedulerService::SchedulerService(net::KjLoop& loop, const Config& config,
                                   const Inheritance& inheritance)
    : runner_(loop, config, inheritance.saved, *this),
      saving_(runner_),
      workers_(runner_, log_, inheritance.saved.epoch,
               Tickets(secretOf(inheritance), incarnationsOf(inheritance.saved))),
      recomputer_(loop, runner_),
      shutdown_(runner_, workers_, saving_),
      clients_(runner_, log_, saving_, audits_, workers_, shutdown_) {}

bool SchedulerService::isReady() const {
  return !shutdown_.hasStarted() && !saving_.isLate(net::now());
}

void SchedulerService::afterEvent() {
  log_.noteTrouble(runner_.core());
  shutdown_.endIfReady();
}

// Without a default: a new action does not compile until it is performed here.
void SchedulerService::perform(Action& action) {
  std::visit(Match{
                 [](const action::Welcome&) {},  // WorkerService::join() returns it.
                 [this](const action::Lend& lend) { workers_.perform(lend); },
                 [this](const action::Truncate& asked) { workers_.perform(asked); },
                 [this](const action::Drain& drain) { workers_.perform(drain); },
                 [this](const action::ForgetWorker& gone) { workers_.perform(gone); },
                 [this](const action::ReleaseWorker& released) { workers_.perform(released); },
                 [this](const action::Quarantine& reason) { workers_.perform(reason); },
                 [this](const action::DropTally& drop) { workers_.perform(drop); },
                 [this](const action::Recompute& wanted) { recomputer_.perform(wanted); },
                 [this](const action::ConfirmTally& right) { workers_.perform(right); },
                 [this](const action::AcceptJob& accepted) { clients_.perform(accepted); },
                 [this](const action::AcceptExtension& accepted) { clients_.perform(accepted); },
                 [this](const action::RefuseJob& refused) { clients_.perform(refused); },
                 [this](const action::AnnounceEnd& end) { clients_.perform(end); },
                 [this](action::Commit& commit) { saving_.perform(commit); },
             },
             action);
}

}  // namespace pi::scheduler
