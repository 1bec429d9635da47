// A process that cannot start a thread.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <system_error>

namespace pi {

// While it lives, the system refuses each new thread of this process, as it does at a limit: its
// stack would be larger than an address space.
class NoThreads {
 public:
  NoThreads() {
    check(::pthread_getattr_default_np(&before_));
    pthread_attr_t without{};
    check(::pthread_getattr_default_np(&without));
    check(::pthread_attr_setstacksize(&without, std::size_t{1} << 50));
    check(::pthread_setattr_default_np(&without));
    ::pthread_attr_destroy(&without);
  }
  ~NoThreads() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  static void check(int error) {
    if (error != 0) throw std::system_error(error, std::generic_category());
  }

  pthread_attr_t before_{};
};

}  // namespace pi
