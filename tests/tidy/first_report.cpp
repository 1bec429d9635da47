// Makes a mistake that the sanitizer of this build reports, and says so if it is still there.
#include <cstdio>
#include <limits>
#include <thread>

int main(int count, char**) {
#ifdef __SANITIZE_THREAD__
  std::thread other([&count] { ++count; });
  ++count;
  other.join();
#else
  count += std::numeric_limits<int>::max();
#endif
  std::printf("went on, %d\n", count);
  return 0;
}
