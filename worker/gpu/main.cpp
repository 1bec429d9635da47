// pi-worker-gpu: counts on one GPU for the pi-worker that started it.
//
//   pi-worker-gpu list           describes all GPUs
//   pi-worker-gpu serve NUMBER   answers requests until pi-worker closes the connections
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "worker/gpu/driver.h"
#include "worker/gpu/gpu.h"
#include "worker/gpu/messages.h"
#include "worker/gpu/visible.h"

namespace {

using namespace pi::gpu;

// How often to look whether the GPU has ended while the other lane may get a request.
constexpr int kLookMilliseconds = 1;

template <typename Message>
void send(int lane, const Message& message) {
  const auto* bytes = reinterpret_cast<const char*>(&message);
  for (std::size_t sent = 0; sent < sizeof message;) {
    ssize_t more = ::write(kLaneDescriptors[lane], bytes + sent, sizeof message - sent);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) std::_Exit(0);  // pi-worker is gone.
    sent += static_cast<std::size_t>(more);
  }
}

// Ends the process if pi-worker has closed the connection.
Request receive(int lane) {
  Request request{};
  auto* bytes = reinterpret_cast<char*>(&request);
  for (std::size_t have = 0; have < sizeof request;) {
    ssize_t more = ::read(kLaneDescriptors[lane], bytes + have, sizeof request - have);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) std::_Exit(0);
    have += static_cast<std::size_t>(more);
  }
  return request;
}

void setText(char (&to)[kTextBytes], const char* text) { std::snprintf(to, sizeof to, "%s", text); }

// Why the GPU, or all GPUs, cannot be used.
void sendUnusable(Hello hello, const Driver& driver) {
  hello.version = kMessageVersion;
  hello.isUsable = 0;
  setText(hello.text, driver.reason());
  send(0, hello);
}

int list() {
  Driver driver;
  if (!driver.start()) {
    sendUnusable({}, driver);
    return 0;
  }
  for (int number = 0; number < driver.deviceCount(); ++number) {
    Hello hello = describe(driver, number);
    if (hello.isUsable == 0) setText(hello.text, driver.reason());
    send(0, hello);
  }
  return 0;
}

void sendLost(int lane, const char* reason) {
  Answer answer{};
  answer.isLost = 1;
  setText(answer.text, reason);
  send(lane, answer);
}

// Tells it to the requests that wait for an answer, and to each that comes on another lane.
void sendLost(const Gpu& gpu, const char* reason) {
  for (int lane = 0; lane < kLaneCount; ++lane) {
    if (gpu.isBusy(lane)) sendLost(lane, reason);
  }
  for (int lane = 0; lane < kLaneCount; ++lane) {
    if (gpu.isBusy(lane)) continue;
    receive(lane);
    sendLost(lane, reason);
  }
}

// Starts the requests that have come.  While the GPU works it looks for a short time only.
// `oldest`: the lane of the first launch that runs.
bool startRequests(Gpu& gpu, int& oldest) {
  pollfd idle[kLaneCount];
  bool isWorking = false;
  for (int lane = 0; lane < kLaneCount; ++lane) {
    idle[lane] = {gpu.isBusy(lane) ? -1 : kLaneDescriptors[lane], POLLIN, 0};
    isWorking |= gpu.isBusy(lane);
  }
  if (::poll(idle, kLaneCount, isWorking ? kLookMilliseconds : -1) <= 0) return true;
  for (int lane = 0; lane < kLaneCount; ++lane) {
    bool isAsked = idle[lane].fd >= 0 && idle[lane].revents != 0;
    if (!isAsked) continue;
    if (!isWorking) oldest = lane;
    isWorking = true;
    if (!gpu.start(lane, receive(lane))) return false;
  }
  return true;
}

// Answers requests for as long as the GPU works.  Launches end in the order in which they were
// started.
void serve(Gpu& gpu) {
  for (int oldest = 0;;) {
    const int other = (oldest + 1) % kLaneCount;
    if (!gpu.isBusy(oldest)) oldest = other;
    if ((!gpu.isBusy(0) || !gpu.isBusy(1)) && !startRequests(gpu, oldest)) return;
    if (!gpu.isBusy(oldest)) continue;
    if (gpu.isBusy(0) && gpu.isBusy(1) && !gpu.wait(oldest)) return;
    bool hasEnded = false;
    if (!gpu.look(oldest, hasEnded)) return;
    if (!hasEnded) continue;
    send(oldest, gpu.take(oldest));
    oldest = (oldest + 1) % kLaneCount;
  }
}

int serve(int number) {
  Driver driver;
  Gpu gpu(driver);
  Hello hello{};
  if (!driver.start() || (hello = describe(driver, number)).isUsable == 0 || !gpu.open(number)) {
    sendUnusable(hello, driver);
    return 0;
  }
  send(0, hello);
  serve(gpu);
  sendLost(gpu, driver.reason());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Signals of a terminal or a batch system are for pi-worker, which ends this process when its
  // work is done.
  constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGPIPE};
  for (int number : kSignals) ::signal(number, SIG_IGN);
  // A driver that hangs must not keep this process, and the GPU, when pi-worker is gone.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd connection{kLaneDescriptors[0], 0, 0};
  if (argc > 1 && ::poll(&connection, 1, 0) > 0) return 0;  // It is gone already.
  useGrantedGpus();
  if (argc == 2 && std::strcmp(argv[1], "list") == 0) return list();
  if (argc == 3 && std::strcmp(argv[1], "serve") == 0) return serve(std::atoi(argv[2]));
  std::fputs("pi-worker-gpu is started by pi-worker, see 'pi-worker --help', option --device\n",
             stderr);
  return 2;
}
