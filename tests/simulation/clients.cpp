#include "tests/simulation/clients.h"

#include <algorithm>

#include "tests/simulation/world.h"

namespace pi::simulation {
namespace {

using std::chrono::seconds;

constexpr Duration kAskAgainAfter = seconds(1);
constexpr Duration kAnswerMax = seconds(2);  // A client takes its question for lost after that.

}  // namespace

Clients::Clients(World& world)
    : world_(world), random_(world.plan.seed, Random::Purpose::kClients) {}

void Clients::start() {
  for (const PlannedJob& planned : world_.plan.jobs) {
    if (planned.isOff) continue;
    std::size_t index = clients_.size();
    Client client{
        .spec = planned.spec, .requestId = "request " + std::to_string(index + 1), .uid = {}};
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
  }
}

void Clients::note(const scheduler::action::AcceptJob& accepted) {
  std::size_t index = number(accepted.submission) - 1;
  Client& client = clients_[index];
  if (client.promised && *client.promised != accepted.job) {
    world_.judge.checkSecondJob(*client.promised, *world_.scheduler.core(), world_.now());
  }
  client.promised = accepted.job;
  world_.judge.noteAccepted(accepted.job, client.spec);
  if (!client.job && world_.chances.strikes(Fault::kLoseAnswer, index)) {
    world_.timeline.after(random_.upTo(kAnswerMax), [this, index] { ask(index); });
  } else {
    client.job = accepted.job;
  }
}

void Clients::note(const scheduler::action::RefuseJob& refused) {
  std::size_t index = number(refused.submission) - 1;
  world_.timeline.after(kAskAgainAfter, [this, index] { ask(index); });
}

void Clients::forgetAnswers() {
  for (Client& client : clients_) {
    client.promised.reset();
    client.job.reset();
  }
}

bool Clients::areAllAnswered() const {
  return std::ranges::all_of(clients_, [](const Client& client) { return client.job.has_value(); });
}

double Clients::samplesLeft() const {
  double left = 0;
  for (const Client& client : clients_) {
    std::optional<JobInfo> info;
    if (client.job && world_.scheduler.core() != nullptr) {
      info = world_.scheduler.core()->job(*client.job, world_.now());
    }
    if (info && isOver(info->state)) continue;
    left += static_cast<double>(info ? info->spec.samples : client.spec.samples);
    if (info) left -= static_cast<double>(info->samplesCounted);
  }
  return left;
}

}  // namespace pi::simulation
