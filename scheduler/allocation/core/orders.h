// The actions of the event that is being handled.
#pragma once

#include <string>
#include <utility>

#include "scheduler/allocation/core/action.h"

namespace pi::allocation {

class Orders {
 public:
  void add(Action action) { actions_.push_back(std::move(action)); }
  void tell(std::string text) {
    add(action::Tell{.level = action::Tell::Level::kInfo, .text = std::move(text)});
  }
  void warn(std::string text) {
    add(action::Tell{.level = action::Tell::Level::kWarning, .text = std::move(text)});
  }
  Actions take() { return std::exchange(actions_, {}); }

 private:
  Actions actions_;
};

}  // namespace pi::allocation
