// Stands in for pi-worker: waits for SIGTERM, or ends at once with the code in --threads.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  std::signal(SIGTERM, [](int) { ::_exit(0); });
  const char* allocation = std::getenv("PI_ALLOCATION");
  std::printf("%s\n", allocation == nullptr ? "" : allocation);
  std::fflush(stdout);
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == std::string("--threads")) return std::atoi(argv[i + 1]);
  }
  while (true) ::pause();
}
