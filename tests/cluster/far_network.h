// Two hosts on one machine, with a cable between them that can be pulled: network namespaces that
// nobody else sees, and that are gone with the processes in them.
#pragma once

#include <string>
#include <vector>

#include "tests/cluster/descriptor.h"

namespace pi::cluster {

enum class Side { kNear, kFar };

// While it lives, this thread is at the near end; so is whatever it starts.
class FarNetwork {
 public:
  // Why there can be none here; empty if there can.  It takes root and iproute2.
  static std::string whyNot();

  FarNetwork();
  ~FarNetwork();
  FarNetwork(const FarNetwork&) = delete;
  FarNetwork& operator=(const FarNetwork&) = delete;

  // At the near end, and reachable there also while the cable is pulled.
  static constexpr const char* kNearAddress = "10.99.0.1";

  // Pulls the cable out at one end, and puts it back.
  void pull(Side side);
  void mend(Side side);

  // Ends the connections of the far end, which the near end learns of only if the cable lets it.
  void abortFarConnections();

  // While it lives, this thread is at the far end.
  class Visit {
   public:
    explicit Visit(FarNetwork& network);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    FarNetwork& network_;
  };

 private:
  void run(Side side, const std::string& program, const std::vector<std::string>& words);

  Descriptor home_;  // Where this thread was before.
  Descriptor near_;
  Descriptor far_;
};

}  // namespace pi::cluster
