#include "common/net/transport/connect_error.h"

#include <kj/string.h>

#include <cstring>
#include <string_view>

#include "common/base/printable.h"

// The only file that knows what kj::Exception::Type means.
namespace pi::net {
namespace {

using Type = kj::Exception::Type;

// A kj::Exception has four types and no other field for a reason.  An exception of ours has this
// mark in place of a file, and the reason in place of a line.  Neither is sent to a peer.
constexpr const char* kMark = "pi::net::ConnectError";

// The type is for code of KJ that does not know our reasons, and for peers.
Type typeOf(ConnectFailure kind) {
  switch (kind) {
    case ConnectFailure::kUnreachable:
    case ConnectFailure::kLost:
      return Type::DISCONNECTED;
    case ConnectFailure::kSilent:
    case ConnectFailure::kFull:
    case ConnectFailure::kTimedOut:
      return Type::OVERLOADED;
    case ConnectFailure::kNotAScheduler:
    case ConnectFailure::kRefused:
      break;
  }
  return Type::FAILED;
}

}  // namespace

kj::Exception asException(const ConnectError& error) {
  return kj::Exception(typeOf(error.kind()), kMark, static_cast<int>(error.kind()),
                       kj::heapString(error.what()));
}

kj::Exception disconnected(const std::string& sentence) {
  return asException(ConnectError(ConnectFailure::kLost, sentence));
}

std::optional<ConnectFailure> connectFailureOf(const kj::Exception& exception) {
  if (std::strcmp(exception.getFile(), kMark) == 0) {
    return static_cast<ConnectFailure>(exception.getLine());
  }
  switch (exception.getType()) {
    case Type::DISCONNECTED:
      return ConnectFailure::kLost;
    case Type::UNIMPLEMENTED:  // The peer's bootstrap for our key does not have this method.
      return ConnectFailure::kRefused;
    case Type::OVERLOADED:
    case Type::FAILED:
      break;
  }
  return std::nullopt;
}

bool isLost(const kj::Exception& exception) {
  return connectFailureOf(exception) == ConnectFailure::kLost;
}

bool isUnknownCall(const kj::Exception& exception) {
  return exception.getType() == Type::UNIMPLEMENTED;
}

std::string sentenceOf(const kj::Exception& exception) {
  std::string_view text = exception.getDescription().cStr();
  // KJ puts this before an exception of the peer, and the condition before a failed assertion.
  constexpr std::string_view kRemote = "remote exception: ";
  if (text.starts_with(kRemote)) text.remove_prefix(kRemote.size());
  std::size_t end = text.find("; ");
  if (text.starts_with("expected ") && end != text.npos) text.remove_prefix(end + 2);
  return printable(text);
}

}  // namespace pi::net
