// Creates and opens the file of the job store.  The file is complete or absent at every moment, and
// only its owner can read it.
#pragma once

#include <filesystem>
#include <string>

#include "scheduler/store/sqlite.h"

namespace pi::scheduler {

// Creates the file with its tables and a new secret if it does not exist.  Returns its absolute
// path.  Directories of the path may be symbolic links, the file may not.  Throws StoreError for a
// link, a file that another user owns, could read or could write, a file that is not a regular
// file, an empty file, and a journal without its store.
std::string prepareStoreFile(const std::filesystem::path& path);

// Opens and checks the file, brings it to the current schema, and chooses the settings that make a
// commit durable, also on a network file system.  Throws StoreError if the file is damaged, is not
// a job store, or was written by a newer release.
sqlite::Connection openStore(const std::string& path);

}  // namespace pi::scheduler
