// How long the calls of peers take, by method.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "common/base/histogram.h"
#include "common/net/rpc/peer_network.h"

namespace pi::scheduler {

// Methods that wait for something (exchange, wait, a submission that is committed) take as long as
// that takes.  Calls of methods that the schema does not have are not counted.
class CallTimes final : public net::CallObserver {
 public:
  CallTimes();

  struct Method {
    std::string name;  // "ClientDesk.submit"
    Histogram times;
  };
  using Key = std::pair<std::uint64_t, std::uint16_t>;  // The interface and the method.
  const std::map<Key, Method>& methods() const { return methods_; }

 private:
  void onAnswered(std::uint64_t interface, std::uint16_t method, Duration took) override;

  std::map<Key, Method> methods_;
};

}  // namespace pi::scheduler
