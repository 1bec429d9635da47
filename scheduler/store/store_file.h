// Where the store lies, and how it comes to be there: whole or not at all, for its owner alone.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "scheduler/store/sqlite.h"

namespace pi::scheduler {

inline constexpr std::size_t kSecretBytes = 32;

// Makes the file, with its tables and a new secret, if there is none.  Returns its absolute path,
// of which only the last part may not be a symbolic link.  Throws StoreError for what it should not
// touch: a link, another user's file, something that is no file, a journal whose store is gone.
std::string prepareStoreFile(const std::filesystem::path& path);

// With the settings that make a commit durable, also on a network file system; of the current
// schema, and whole.
sqlite::Connection openStore(const std::string& path);

}  // namespace pi::scheduler
