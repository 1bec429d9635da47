// The exception of a peer that is gone, or that is to be treated as if it were.
#pragma once

#include <kj/exception.h>
#include <kj/string.h>

#include <string_view>

namespace pi::net {

inline kj::Exception disconnected(std::string_view sentence) {
  return kj::Exception(kj::Exception::Type::DISCONNECTED, __FILE__, __LINE__,
                       kj::heapString(sentence.data(), sentence.size()));
}

}  // namespace pi::net
