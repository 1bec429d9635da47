#include "common/net/transport/lookup.h"

#include <netdb.h>

#include <asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "common/net/loop/process_limits.h"

namespace pi::net {

namespace {

ConnectError unknown(const std::string& reason) {
  return {ConnectFailure::kUnreachable, "the name cannot be looked up: " + reason};
}

}  // namespace

Resolved resolveBySystem(const Address& address) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* first = nullptr;
  int failure = ::getaddrinfo(address.host.c_str(), nullptr, &wanted, &first);
  if (failure != 0) {
    return unknown(failure == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(failure));
  }
  Endpoints found;
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (each->ai_addrlen > endpoint.capacity()) continue;
    endpoint.resize(each->ai_addrlen);
    std::memcpy(endpoint.data(), each->ai_addr, each->ai_addrlen);
    endpoint.port(address.port);
    found.push_back(endpoint);
  }
  ::freeaddrinfo(first);
  return found;
}

// Shared with the thread.  The loop is not used any more once `io` is null.
struct Lookup::State {
  std::mutex mutex;  // Guards `io`.
  asio::io_context* io = nullptr;
  OnFound onFound;  // Used on the loop's thread only.

  static void tell(const std::shared_ptr<State>& self, Resolved found) {
    std::lock_guard lock(self->mutex);
    if (self->io == nullptr) return;
    asio::post(*self->io, [self, found = std::move(found)] {
      if (OnFound call = std::exchange(self->onFound, nullptr)) call(found);
    });
  }
};

Lookup::Lookup(KjLoop& loop, const Address& address, const Resolve& resolve, OnFound onFound)
    : state_(std::make_shared<State>()) {
  state_->io = &loop.io();
  state_->onFound = std::move(onFound);
  try {
    std::thread([state = state_, address, resolve] {
      State::tell(state, resolve(address));
    }).detach();
  } catch (const std::system_error& failure) {
    State::tell(state_, unknown(sentenceOf(failure)));
  }
}

Lookup::~Lookup() {
  std::lock_guard lock(state_->mutex);
  state_->io = nullptr;
  state_->onFound = nullptr;
}

}  // namespace pi::net
