// The findings of a check of the way to the scheduler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/base/clock.h"
#include "common/base/exit_code.h"
#include "common/model/access.h"

namespace pi::net {

// How an attempt at one address ended: net::Unreached, those of net::ConnectFailure that one
// address can cause, and what is learnt after the connection is made.
enum class Finding {
  kWorks,
  kRefused,        // No program listens there.
  kNoAnswer,       // No answer to the connection.
  kNoWay,          // No way there, or something on the way rejects the connection.
  kNoName,         // The name has no address.
  kUnreachable,    // No connection for another reason.
  kNotAScheduler,  // Another program answers, or a scheduler with other settings for keys.
  kSilent,         // The scheduler accepts the connection, and does not answer.
  kFull,           // All its connections are in use.
  kNotAccepted,    // One side does not accept the key of the other.
  kNoKey,          // The connection file has no key for this program's role.
  kOtherVersion,   // The programs are of releases that do not work together.
};

// As it is written in JSON: "works", "refused", "no_answer".
const char* name(Finding finding);

struct AddressReport {
  Address address;
  Finding finding = Finding::kUnreachable;
  std::string sentence{};              // Says what happened; empty if it works.
  std::optional<std::string> cause{};  // The likely cause, and what to do about it.
  // If a scheduler answered:
  std::string version{};  // That of its program; empty if it does not tell.
  std::uint32_t protocolVersion = 0;
  std::uint32_t streamVersion = 0;
  Duration roundTrip{};
  std::optional<Duration> clockAhead{};  // Its calendar less that of this machine.
};

// The scheduler that wrote the connection file.
struct FileOrigin {
  std::string host;
  std::uint32_t pid = 0;
  bool isHere = false;    // Its machine is this one.
  bool hasEnded = false;  // Known only if it is.
};

struct CheckReport {
  Role role = Role::kClient;
  std::string file{};                        // The path of the connection file, if it matters.
  std::optional<std::string> fileTrouble{};  // Why it cannot be used: a sentence.
  std::optional<std::string> fileCause{};    // The likely cause, and what to do about it.
  bool isFileUnsafe = false;                 // Other users could read its keys or write it.
  std::optional<FileOrigin> origin{};        // If the file could be read.
  std::vector<AddressReport> addresses{};    // Those that were called.
};

// Whether the program can use the scheduler, by one of the addresses at least.
bool works(const CheckReport& report);

// kDone if it works; kRefused if a scheduler or the connection file was there, and may not be used;
// else kNoScheduler.
ExitCode exitCodeOf(const CheckReport& report);

// For people: a line for each finding, and below it the likely cause.
std::string textOf(const CheckReport& report);

}  // namespace pi::net
