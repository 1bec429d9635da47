// Two hosts on one machine, connected by a cable that can be unplugged: two private network
// namespaces.  The kernel removes them when no process uses them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/cluster/descriptor.h"

namespace pi::cluster {

enum class Side { kNear, kFar };

// While this object exists, its thread is on the near host, and so are the processes it starts.
class FarNetwork {
 public:
  // Why this machine cannot do it; nullopt if it can.  It needs root.
  // The constructor throws if iproute2 is missing: that is a missing package, not a limit of the
  // machine.
  static std::optional<std::string> whyNot();

  FarNetwork();
  ~FarNetwork();
  FarNetwork(const FarNetwork&) = delete;
  FarNetwork& operator=(const FarNetwork&) = delete;

  // An address on the near host.  Processes there reach it even if the cable is unplugged.
  static constexpr const char* kNearAddress = "10.99.0.1";

  // The name of the interface at each end of the cable.
  static constexpr const char* kCable = "pi-cable";
  // The near host's address at the cable.
  static constexpr const char* kNearEnd = "10.98.0.1";

  // Gives the near host an address at one of its interfaces ("lo", kCable), and takes it back.
  void addAddress(const std::string& address, const std::string& interface);
  void removeAddress(const std::string& address, const std::string& interface);

  // Gives the near host a bridge with this name and address, such as docker0.
  void addBridge(const std::string& name, const std::string& address);

  // Unplugs the cable at one end, and plugs it in again.
  void unplug(Side side);
  void plugIn(Side side);

  // From now on nothing that the near host sends reaches the far one, as behind a firewall that
  // drops packets: connections to the near host get no answer.
  void dropAnswers();
  // From now on the far host has no way to the near one, as behind a firewall that rejects.
  void rejectCalls();

  // Resets the connections of the far host.  The near host notices only if the cable is plugged in.
  void abortFarConnections();

  // While this object exists, its thread is on the far host.
  class OnFarHost {
   public:
    explicit OnFarHost(FarNetwork& network);
    ~OnFarHost();
    OnFarHost(const OnFarHost&) = delete;
    OnFarHost& operator=(const OnFarHost&) = delete;

   private:
    FarNetwork& network_;
  };

 private:
  void run(Side side, const std::string& program, const std::vector<std::string>& words);

  Descriptor original_;  // The namespace of this thread before.
  Descriptor near_;
  Descriptor far_;
};

}  // namespace pi::cluster
