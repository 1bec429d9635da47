#include "scheduler/elastic_command.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "common/base/printable.h"
#include "common/base/quantity.h"
#include "common/json/documents.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/discovery/credentials.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/loop/signals.h"
#include "common/net/rpc/client_link.h"
#include "common/wire/queues.h"
#include "scheduler/report.h"

namespace pi::scheduler {
namespace {

using Action = ElasticCommand::Action;

std::string hoursText(std::uint64_t seconds) {
  std::string text(32, '\0');
  int length = std::snprintf(text.data(), text.size(), "%.2f", static_cast<double>(seconds) / 3600);
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string textOf(const AllocationInfo& allocation) {
  std::string text = "   " + allocation.name +
                     (allocation.id.empty() ? "" : " (" + allocation.id + ")") + ": " +
                     allocation.stage;
  if (!allocation.reason.empty()) text += ", " + allocation.reason;
  if (allocation.startsIn) text += ", starts in about " + durationText(*allocation.startsIn);
  if (allocation.isConnected) text += ", its worker is connected";
  if (allocation.isLeaving) text += ", to be given back";
  return text;
}

std::string textOf(std::size_t number, const QueueInfo& queue) {
  std::string text = std::to_string(number) + "  " + queue.name + "\n";
  text += "   workers: " + countText(queue.running) + " running, " + countText(queue.pending) +
          " pending, at least " + countText(queue.workersMin) + ", at most " +
          countText(queue.workersMax) + "\n";
  text += "   node-hours: " + hoursText(queue.nodeSeconds);
  if (queue.nodeSecondsMax > 0) text += " of " + hoursText(queue.nodeSecondsMax);
  text += "\n";
  if (!queue.whyNotMore.empty()) {
    text += "   no further worker is asked for: " + queue.whyNotMore + "\n";
  }
  if (!queue.pausedBecause.empty()) {
    text += "   to resume it, run: pi-scheduler elastic resume " + std::to_string(number) + "\n";
  }
  for (const AllocationInfo& allocation : queue.allocations) text += textOf(allocation) + "\n";
  return text;
}

std::string jsonOf(const std::vector<QueueInfo>& queues) {
  Json list = queueListObject(queues);
  for (std::size_t i = 0; i < queues.size(); ++i) {
    list[i]["allocations"] = Json::array();
    for (const AllocationInfo& allocation : queues[i].allocations) {
      list[i]["allocations"].push_back(allocationObject(allocation));
    }
  }
  return jsonLine(Json{{"schema", kSchema}, {"queues", std::move(list)}});
}

std::string textOf(const std::vector<QueueInfo>& queues) {
  if (queues.empty()) return "this scheduler starts no workers; start it with --elastic\n";
  std::string text;
  for (std::size_t i = 0; i < queues.size(); ++i) text += textOf(i + 1, queues[i]);
  return text;
}

// Why the scheduler does not do it; empty if it does.
template <typename Response>
std::string refusalIn(const Response& response) {
  return response.hasRefusal() ? printable(response.getRefusal().getSentence().cStr()) : "";
}

ExitCode list(net::ClientLink& link, wire::OwnerDesk::Client& desk, bool json) {
  auto answer = link.answer(
      kj::Promise<capnp::Response<wire::OwnerDesk::QueuesResults>>(desk.queuesRequest().send()));
  std::vector<QueueInfo> queues;
  for (wire::QueueInfo::Reader queue : answer.getQueues()) queues.push_back(fromWire(queue));
  return tell(json ? jsonOf(queues) : textOf(queues));
}

ExitCode pause(net::ClientLink& link, wire::OwnerDesk::Client& desk,
               const ElasticCommand& command) {
  auto request = desk.pauseQueueRequest();
  request.setQueue(static_cast<std::uint32_t>(command.queue));
  request.setReason(command.reason.c_str());
  auto answer =
      link.answer(kj::Promise<capnp::Response<wire::OwnerDesk::PauseQueueResults>>(request.send()));
  std::string refusal = refusalIn(answer);
  if (!refusal.empty()) return report(refusal, ExitCode::kFailed);
  return tell("paused; what is pending is given back, and what runs continues\n");
}

ExitCode resume(net::ClientLink& link, wire::OwnerDesk::Client& desk,
                const ElasticCommand& command) {
  auto request = desk.resumeQueueRequest();
  request.setQueue(static_cast<std::uint32_t>(command.queue));
  auto answer = link.answer(
      kj::Promise<capnp::Response<wire::OwnerDesk::ResumeQueueResults>>(request.send()));
  std::string refusal = refusalIn(answer);
  if (!refusal.empty()) return report(refusal, ExitCode::kFailed);
  return tell("resumed\n");
}

ExitCode dryRun(net::ClientLink& link, wire::OwnerDesk::Client& desk) {
  auto answer = link.answer(
      kj::Promise<capnp::Response<wire::OwnerDesk::DryRunResults>>(desk.dryRunRequest().send()));
  std::string refusal = refusalIn(answer);
  if (!refusal.empty()) return report(refusal, ExitCode::kFailed);
  std::string lines;
  for (capnp::Text::Reader line : answer.getCommands()) lines += printable(line.cStr()) + "\n";
  return tell(lines);
}

// Throws net::ConnectError.
ExitCode carryOut(const ElasticCommand& command, const net::ConnectionFileRead& file) {
  net::KjLoop loop;
  net::DialOptions access{.credentials = net::credentialsFor(Role::kOwner, command.access, file)};
  net::ClientLink link =
      net::enterAsClient(loop, file->addresses, std::nullopt, access, Role::kOwner);
  auto desk = link.desk.castAs<wire::OwnerDesk>();
  switch (command.action) {
    case Action::kList:
      return list(link, desk, command.json);
    case Action::kPause:
      return pause(link, desk, command);
    case Action::kResume:
      return resume(link, desk, command);
    case Action::kDryRun:
      return dryRun(link, desk);
  }
  return ExitCode::kFailed;
}

}  // namespace

ExitCode commandQueues(const ElasticCommand& command) {
  net::ignoreBrokenPipes();
  net::ConnectionFileRead file = net::readConnectionFile(
      command.connectionFile.value_or(net::defaultConnectionFile().string()));
  if (!file.hasValue()) {
    return report(file.error().what(),
                  file.error().isUnsafe() ? ExitCode::kRefused : ExitCode::kNoScheduler);
  }
  try {
    return carryOut(command, file);
  } catch (const net::ConnectError& error) {
    bool isRefused = error.kind() == net::ConnectFailure::kRefused;
    return report(error.what(), isRefused ? ExitCode::kRefused : ExitCode::kNoScheduler);
  }
}

}  // namespace pi::scheduler
