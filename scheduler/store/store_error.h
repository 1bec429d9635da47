// The error of the job store.
#pragma once

#include <stdexcept>

namespace pi::scheduler {

// Says in one sentence why the store cannot be used.  The sentence names the file and a remedy.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace pi::scheduler
