// The error of a connection to a scheduler that cannot be made, or has ended.
#pragma once

#include <kj/exception.h>

#include <optional>
#include <stdexcept>
#include <string>

namespace pi::net {

enum class ConnectFailure {
  kUnreachable,    // No address accepts a connection.
  kNotAScheduler,  // Another program answers, or a scheduler with other settings for keys.
  kSilent,         // The scheduler accepts connections, but does not answer in time.
  kFull,           // All connections of the scheduler are in use.
  kRefused,        // A key is missing or wrong on one side, or its role may not do this.
  kTimedOut,       // The caller's own deadline has passed.
  kLost,           // The connection was made, and has ended since.
};

// what() is one sentence for people: what is wrong, and what to do about it.
class ConnectError : public std::runtime_error {
 public:
  ConnectError(ConnectFailure kind, const std::string& sentence)
      : std::runtime_error(sentence), kind_(kind) {}
  ConnectFailure kind() const { return kind_; }

 private:
  ConnectFailure kind_;
};

// A promise fails with a kj::Exception.  This is the one that stands for `error`.
kj::Exception asException(const ConnectError& error);

// The exception of a connection that was lost, or of a peer that is to be treated as if it were.
kj::Exception disconnected(const std::string& sentence);

// The reason in an exception of asException(), or the reason that an exception of the RPC system
// stands for.  Null: the connection works, and the call itself has failed.
std::optional<ConnectFailure> connectFailureOf(const kj::Exception& exception);

// True if the connection was lost: the caller may connect again and retry.
bool isLost(const kj::Exception& exception);

// True if what was called does not have this method: it is of an earlier release.  (Only at a gate
// it means that the key does not open it, as connectFailureOf says.)
bool isUnknownCall(const kj::Exception& exception);

// The exception's sentence, printable, without KJ's own words around it.
std::string sentenceOf(const kj::Exception& exception);

}  // namespace pi::net
