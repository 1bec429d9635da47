#include "common/net/rpc/connection.h"

#include <capnp/message.h>
#include <kj/debug.h>

#include "common/base/check.h"

namespace pi::net {
namespace {

using capnp::rpc::twoparty::Side;
using capnp::rpc::twoparty::VatId;

capnp::ReaderOptions readerOptions(const MessageSocket& socket, const ConnectionLimits& limits) {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = socket.limits().messageWordsMax;
  options.nestingLimit = limits.nestingMax;
  return options;
}

}  // namespace

Connection::Connection(kj::Own<MessageSocket>&& socket, Side side,
                       kj::Maybe<capnp::Capability::Client> bootstrap,
                       const ConnectionLimits& limits)
    : socket_(kj::mv(socket)),
      network_(*socket_, side, readerOptions(*socket_, limits), limits.callsMax, limits.observer),
      rpc_(network_, kj::mv(bootstrap)),
      disconnected_(network_.takeDisconnected().fork()) {
  rpc_.setFlowLimit(limits.callWordsMax);
}

Connection::Connection(kj::Own<MessageSocket> socket, capnp::Capability::Client bootstrap,
                       const ConnectionLimits& limits)
    : Connection(kj::mv(socket), Side::SERVER,
                 kj::Maybe<capnp::Capability::Client>(kj::mv(bootstrap)), limits) {}

// Asks for the peer's bootstrap capability at once: only then does the RPC system read, and notice
// the end of the connection.
Connection::Connection(kj::Own<MessageSocket> socket, const ConnectionLimits& limits)
    : Connection(kj::mv(socket), Side::CLIENT, kj::Maybe<capnp::Capability::Client>(nullptr),
                 limits) {
  capnp::MallocMessageBuilder message(4);
  auto vatId = message.initRoot<VatId>();
  vatId.setSide(Side::SERVER);
  bootstrap_ = rpc_.bootstrap(vatId);
}

std::optional<std::string> Connection::failure() const {
  std::optional<std::string> ofSocket = socket_->failure();
  return ofSocket ? ofSocket : network_.failure();
}

capnp::Capability::Client Connection::bootstrap() {
  KJ_IF_MAYBE (capability, bootstrap_) {
    return *capability;
  }
  KJ_FAIL_REQUIRE("only the side that has connected can ask for a bootstrap capability");
}

}  // namespace pi::net
