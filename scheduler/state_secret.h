// A file in the state directory with one secret and nothing else, so that other programs can read
// it as it is.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "common/net/secrets/secret.h"

namespace pi::scheduler {

struct StateSecret {
  std::string what;  // For errors: "the observers' token".
  std::filesystem::path path;
  std::size_t bytesMax;
};

// Throws net::KeyError: what the file is, and why it cannot be used.
[[noreturn]] void refuse(const StateSecret& file, const std::string& why);

// Null if there is no file.  Throws net::KeyError if it belongs to another user, or can be read or
// replaced by others.
std::optional<net::Secret> read(const StateSecret& file);

// Throws net::KeyError.
void write(const StateSecret& file, const net::Secret& content);

}  // namespace pi::scheduler
