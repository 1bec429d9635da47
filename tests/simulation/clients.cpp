#include "tests/simulation/clients.h"

#include <algorithm>

#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

using std::chrono::seconds;

constexpr Duration kAskAgainAfter = seconds(1);
// The numbers of extensions follow those of submissions.
constexpr std::uint64_t kExtensions = 1000, kExtensionsOfJob = 10;
constexpr Duration kAnswerMax = seconds(2);  // A client takes its question for lost after that.

SubmissionId extensionId(std::size_t index, std::size_t step) {
  return SubmissionId{kExtensions + kExtensionsOfJob * index + step};
}
std::size_t indexOfExtension(SubmissionId id) {
  return (number(id) - kExtensions) / kExtensionsOfJob;
}
std::size_t stepOfExtension(SubmissionId id) {
  return (number(id) - kExtensions) % kExtensionsOfJob;
}

}  // namespace

Clients::Clients(World& world)
    : world_(world), random_(world.plan.seed, Random::Purpose::kClients) {}

void Clients::start() {
  for (const PlannedJob& planned : world_.plan.jobs) {
    if (planned.isOff) continue;
    std::size_t index = clients_.size();
    Client client{
        .spec = planned.spec, .requestId = "request " + std::to_string(index + 1), .uid = {}};
    client.extendTo = planned.extendTo;
    client.extendAfter = planned.extendAfter;
    client.isHasty = planned.isHasty;
    for (std::uint8_t& byte : client.uid.bytes) byte = static_cast<std::uint8_t>(random_.next());
    clients_.push_back(std::move(client));
    world_.timeline.after(planned.at, [this, index] { ask(index); });
  }
}

void Clients::ask(std::size_t index) {
  Client& client = clients_[index];
  client.hasAsked = true;
  if (world_.scheduler.isStopping()) {
    world_.timeline.after(kAskAgainAfter, [this, index] { ask(index); });
    return;
  }
  world_.scheduler.feed(scheduler::event::JobSubmitted{.spec = client.spec,
                                                       .requestId = client.requestId,
                                                       .uid = client.uid,
                                                       .submission = SubmissionId{index + 1}});
}

void Clients::askAgain() {
  std::size_t first = clients_.empty() ? 0 : random_.below(clients_.size());
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    std::size_t index = (first + i) % clients_.size();
    if (clients_[index].hasAsked && !clients_[index].job) ask(index);
    if (clients_[index].job && clients_[index].wantsExtension()) askToExtend(index);
  }
}

void Clients::askToExtend(std::size_t index) {
  const Client& client = clients_[index];
  if (!client.job || !client.wantsExtension()) return;
  if (world_.scheduler.isStopping()) {
    world_.timeline.after(kAskAgainAfter, [this, index] { askToExtend(index); });
    return;
  }
  std::uint64_t samples = client.extendTo[client.extended];
  world_.judge.noteExtensionAsked(*client.job, samples);
  world_.scheduler.feed(scheduler::event::JobExtended{
      .job = *client.job,
      .samples = samples,
      .requestId = client.requestId + std::string(client.extended, '+'),
      .submission = extensionId(index, client.extended)});
}

void Clients::note(const scheduler::action::AcceptJob& accepted) {
  std::size_t index = number(accepted.submission) - 1;
  Client& client = clients_[index];
  if (client.promised && *client.promised != accepted.job) {
    world_.judge.checkSecondJob(*client.promised, *world_.scheduler.core(), world_.now());
  }
  client.promised = accepted.job;
  std::optional<JobInfo> known = world_.scheduler.core()->job(accepted.job, world_.now());
  JobSpec spec = client.spec;
  // In a restored copy of the state it may be extended already.
  if (known && !known->extendedFrom.empty()) {
    spec.samples = known->spec.samples;
    spec.targetError = 0;
  }
  world_.judge.noteAccepted(accepted.job, spec);
  if (!client.job && world_.chances.strikes(Fault::kLoseAnswer, index)) {
    world_.timeline.after(random_.upTo(kAnswerMax), [this, index] { ask(index); });
  } else {
    client.job = accepted.job;
    std::optional<JobInfo> info = infoOf(client);
    if (client.isHasty || (info && isOver(info->state))) {
      world_.timeline.after(client.extendAfter, [this, index] { askToExtend(index); });
    }
  }
}

void Clients::note(const scheduler::action::AcceptExtension& accepted) {
  std::size_t index = indexOfExtension(accepted.submission);
  Client& client = clients_[index];
  std::size_t step = stepOfExtension(accepted.submission);
  if (step != client.extended || !client.wantsExtension()) return;  // It was answered before.
  world_.judge.noteExtended(accepted.job, client.extendTo[step]);
  if (world_.chances.strikes(Fault::kLoseAnswer, index)) {
    world_.timeline.after(random_.upTo(kAnswerMax), [this, index] { askToExtend(index); });
    return;
  }
  ++client.extended;
  std::optional<JobInfo> info = infoOf(client);
  if (client.wantsExtension() && (client.isHasty || (info && isOver(info->state)))) {
    world_.timeline.after(client.extendAfter, [this, index] { askToExtend(index); });
  }
}

void Clients::note(const scheduler::action::AnnounceEnd& end) {
  for (std::size_t index = 0; index < clients_.size(); ++index) {
    const Client& client = clients_[index];
    if (client.job != end.job.id || !client.wantsExtension()) continue;
    world_.timeline.after(client.extendAfter, [this, index] { askToExtend(index); });
  }
}

// An extension is possible later, unless the job ended badly or is forgotten.
void Clients::noteRefusedExtension(std::size_t index) {
  Client& client = clients_[index];
  std::optional<JobInfo> info = infoOf(client);
  bool isPossible = info && (info->state == JobState::kFinished || !isOver(info->state));
  if (client.job && !isPossible) client.extendTo.clear();
  world_.timeline.after(kAskAgainAfter, [this, index] { askToExtend(index); });
}

void Clients::note(const scheduler::action::RefuseJob& refused) {
  if (number(refused.submission) >= kExtensions) {
    return noteRefusedExtension(indexOfExtension(refused.submission));
  }
  std::size_t index = number(refused.submission) - 1;
  world_.timeline.after(kAskAgainAfter, [this, index] { ask(index); });
}

void Clients::forgetAnswers() {
  for (Client& client : clients_) {
    client.promised.reset();
    client.job.reset();
    client.extended = 0;
  }
}

bool Clients::areAllAnswered() const {
  return std::ranges::all_of(clients_, [](const Client& client) {
    return client.job.has_value() && !client.wantsExtension();
  });
}

std::optional<JobInfo> Clients::infoOf(const Client& client) const {
  if (!client.job || world_.scheduler.core() == nullptr) return std::nullopt;
  return world_.scheduler.core()->job(*client.job, world_.now());
}

std::map<std::uint32_t, double> Clients::samplesLeft() const {
  std::map<std::uint32_t, double> left;
  for (const Client& client : clients_) {
    std::optional<JobInfo> info = infoOf(client);
    std::uint64_t samples = info ? info->spec.samples : client.spec.samples;
    if (client.wantsExtension()) {
      samples = client.extendTo.back();
    } else if (info && isOver(info->state)) {
      continue;
    }
    double& ofLimit = left[client.spec.threadsMax];
    ofLimit += static_cast<double>(samples);
    if (info) ofLimit -= static_cast<double>(info->samplesCounted);
  }
  return left;
}

}  // namespace pi::simulation
