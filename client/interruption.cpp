#include "client/interruption.h"

#include <csignal>

namespace pi::client {

Interruption::Interruption(net::KjLoop& loop)
    : pair_(kj::newPromiseAndFulfiller<void>()),
      signalled_(pair_.promise.fork()),
      signals_(loop, {SIGINT, SIGTERM}, [this](int) { pair_.fulfiller->fulfill(); }) {}

}  // namespace pi::client
