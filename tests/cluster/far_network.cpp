#include "tests/cluster/far_network.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/cluster/process.h"

namespace pi::cluster {
namespace {

constexpr const char* kFarEnd = "10.98.0.2";

std::string pathOf(const std::string& program) {
  for (const char* folder : {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"}) {
    std::string path = folder + program;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  throw std::runtime_error("the program '" + program + "' is missing; install iproute2");
}

int currentNamespace() {
  int file = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "/proc/thread-self/ns/net");
  return file;
}

// Creates a namespace in a separate thread, because the thread that creates one enters it.  Returns
// -1 and sets errno if that is not permitted.
int makeNamespace() {
  int made = -1;
  int error = 0;
  std::thread([&made, &error] {
    if (::unshare(CLONE_NEWNET) == 0) {
      made = currentNamespace();
    } else {
      error = errno;
    }
  }).join();
  errno = error;
  return made;
}

int makeNamespaceOrThrow() {
  int made = makeNamespace();
  if (made < 0) throw std::system_error(errno, std::generic_category(), "unshare");
  return made;
}

void enter(const Descriptor& place) {
  if (::setns(place.number(), CLONE_NEWNET) == 0) return;
  throw std::system_error(errno, std::generic_category(), "setns");
}

}  // namespace

std::optional<std::string> FarNetwork::whyNot() {
  if (::geteuid() != 0) return "it needs root";
  Descriptor probe(makeNamespace());
  if (probe.number() >= 0) return std::nullopt;
  return std::string("this system does not allow network namespaces: ") + std::strerror(errno);
}

FarNetwork::FarNetwork()
    : original_(currentNamespace()), near_(makeNamespaceOrThrow()), far_(makeNamespaceOrThrow()) {
  enter(near_);
  std::string farPath =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(far_.number());
  run(Side::kNear, "ip", {"link", "set", "lo", "up"});
  addAddress(kNearAddress, "lo");
  run(Side::kNear, "ip", {"link", "add", kCable, "type", "veth", "peer", "name", "pi-far"});
  run(Side::kNear, "ip", {"link", "set", "pi-far", "netns", farPath, "name", kCable});
  run(Side::kNear, "ip", {"address", "add", std::string(kNearEnd) + "/30", "dev", kCable});
  run(Side::kFar, "ip", {"link", "set", "lo", "up"});
  run(Side::kFar, "ip", {"address", "add", std::string(kFarEnd) + "/30", "dev", kCable});
  plugIn(Side::kNear);
  plugIn(Side::kFar);
}

FarNetwork::~FarNetwork() { ::setns(original_.number(), CLONE_NEWNET); }

void FarNetwork::addAddress(const std::string& address, const std::string& interface) {
  run(Side::kNear, "ip", {"address", "add", address + "/32", "dev", interface});
}

void FarNetwork::removeAddress(const std::string& address, const std::string& interface) {
  run(Side::kNear, "ip", {"address", "delete", address + "/32", "dev", interface});
}

void FarNetwork::addBridge(const std::string& name, const std::string& address) {
  run(Side::kNear, "ip", {"link", "add", name, "type", "bridge"});
  addAddress(address, name);
  run(Side::kNear, "ip", {"link", "set", name, "up"});
}

void FarNetwork::unplug(Side side) { run(side, "ip", {"link", "set", kCable, "down"}); }

void FarNetwork::plugIn(Side side) {
  run(side, "ip", {"link", "set", kCable, "up"});
  // The kernel removes a route when its link goes down, and does not restore it.
  if (side == Side::kFar) run(side, "ip", {"route", "replace", kNearAddress, "via", kNearEnd});
}

void FarNetwork::dropAnswers() {
  run(Side::kNear, "ip", {"route", "add", "blackhole", std::string(kFarEnd) + "/32"});
}

void FarNetwork::rejectCalls() {
  run(Side::kFar, "ip", {"route", "replace", "unreachable", std::string(kNearAddress) + "/32"});
}

void FarNetwork::abortFarConnections() {
  run(Side::kFar, "ss", {"--kill", "--tcp", "dst", kNearAddress});
}

void FarNetwork::run(Side side, const std::string& program, const std::vector<std::string>& words) {
  std::optional<OnFarHost> onFarHost;
  if (side == Side::kFar) onFarHost.emplace(*this);
  Process process({.program = pathOf(program), .arguments = words});
  if (process.wait() != 0) throw std::runtime_error(program + ": " + process.err());
}

FarNetwork::OnFarHost::OnFarHost(FarNetwork& network) : network_(network) { enter(network_.far_); }

FarNetwork::OnFarHost::~OnFarHost() { ::setns(network_.near_.number(), CLONE_NEWNET); }

}  // namespace pi::cluster
