// Values as messages and back.
#pragma once

#include <capnp/message.h>
#include <kj/exception.h>

#include <functional>

#include "common/wire/audit.h"
#include "common/wire/history.h"
#include "common/wire/wire.h"

namespace pi {

template <typename Wire, typename Value>
Value throughTheWire(const Value& value) {
  capnp::MallocMessageBuilder message;
  auto builder = message.initRoot<Wire>();
  toWire(value, builder);
  return fromWire(builder.asReader());
}

// Whether a valid value is refused after `spoil` has changed it.
template <typename Wire, typename Value>
bool isRefused(const Value& value, const std::function<void(typename Wire::Builder)>& spoil) {
  capnp::MallocMessageBuilder message;
  auto builder = message.initRoot<Wire>();
  toWire(value, builder);
  spoil(builder);
  return kj::runCatchingExceptions([&] { fromWire(builder.asReader()); }) != nullptr;
}

}  // namespace pi
