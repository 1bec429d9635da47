// The operating system's limits on this process, as sentences for people.
#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <string>

namespace pi::net {

// Why this process cannot work if it needs to have so many files open at once; nullopt if it can.
std::optional<std::string> whyTooFewFiles(std::size_t needed);

// The exception's sentence.  If the operating system refused files, memory or threads, it names the
// limit.
std::string sentenceOf(const std::exception& error);

}  // namespace pi::net
