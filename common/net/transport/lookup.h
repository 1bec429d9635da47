// Looks up the addresses of a host's name.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/expected.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/transport/connect_error.h"

namespace pi::net {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;

// The endpoints of a name, or the reason why they are not known, in a few words.
using Resolved = Expected<Endpoints, ConnectError>;

// Asks the system.  It blocks.
using Resolve = std::function<Resolved(const Address&)>;
Resolved resolveBySystem(const Address& address);

// The system's resolver blocks, and it cannot be interrupted: it runs on a thread that may outlive
// this object.
class Lookup {
 public:
  using OnFound = std::function<void(const Resolved&)>;

  // `onFound` is called once, inside the loop, and never by this constructor.
  Lookup(KjLoop& loop, const Address& address, const Resolve& resolve, OnFound onFound);
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  // `onFound` is not called any more.
  ~Lookup();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace pi::net
