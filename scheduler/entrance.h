// How peers find a scheduler and are let in: its listener and its connection file.
#pragma once

#include <kj/memory.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/base/address.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/loop/kj_loop.h"
#include "common/net/transport/listener.h"
#include "scheduler/rpc/connection_manager.h"
#include "scheduler/serve_options.h"
#include "scheduler/state_directory.h"

namespace pi::scheduler {

// A connection file that leads to this scheduler, for as long as this object lives.
class PublishedFile {
 public:
  // Throws net::ConnectionFileError if the file cannot be written.
  PublishedFile(const std::filesystem::path& path, net::ConnectionFile file);
  ~PublishedFile();
  PublishedFile(const PublishedFile&) = delete;
  PublishedFile& operator=(const PublishedFile&) = delete;

 private:
  std::filesystem::path path_;
  std::string schedulerId_;
};

// Listens, and says on stdout and in the connection file where.  Destroying it closes the listener
// and then removes the file; connections that are open live on.
class Entrance {
 public:
  // Throws net::ListenError, net::KeyError or net::ConnectionFileError.
  Entrance(net::KjLoop& loop, const ServeOptions& options, const StateDirectory& state,
           ConnectionManager& connections);
  KJ_DISALLOW_COPY(Entrance);

 private:
  kj::Own<PublishedFile> file_;
  kj::Own<net::Listener> listener_;
};

// The connection file that the options name, or the default one.
std::filesystem::path connectionFileOf(const ServeOptions& options);

// Throws StateDirectoryError if the connection file leads to a live scheduler: its workers and
// clients would no longer find it.
void refuseToHide(net::KjLoop& loop, const std::filesystem::path& connectionFile);

}  // namespace pi::scheduler
