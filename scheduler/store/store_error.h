// Why the store cannot be used, in one sentence that names the file and what to do.
#pragma once

#include <stdexcept>

namespace pi::scheduler {

class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace pi::scheduler
