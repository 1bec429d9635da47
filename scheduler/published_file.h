// The connection file that leads to this scheduler.
#pragma once

#include <kj/common.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/address.h"
#include "common/net/discovery/connection_file.h"
#include "common/net/loop/kj_loop.h"

namespace pi::scheduler {

// Keeps the file as it should be for as long as this object lives.
class PublishedFile {
 public:
  // Throws net::ConnectionFileError if the file cannot be written.
  PublishedFile(net::KjLoop& loop, const std::filesystem::path& path, net::ConnectionFile file);
  // Removes the file if it is still this scheduler's.
  ~PublishedFile();
  KJ_DISALLOW_COPY(PublishedFile);

  const std::vector<Address>& addresses() const { return wanted_.addresses; }
  void setAddresses(std::vector<Address> addresses) { wanted_.addresses = std::move(addresses); }

  // Looks at the file, writes it again if it is not as it should be, and logs why.  A file that
  // leads to another scheduler stays.  Runs on a thread, since a disk may hang; does nothing while
  // the last look is under way.
  void look();
  bool isLooking() const { return isLooking_; }

 private:
  struct Shared;
  // Waits for the thread; false if it hangs in the disk.
  bool awaitThread();
  void noteLook(const std::string& line, bool isWritten);

  net::KjLoop& loop_;
  const std::filesystem::path path_;
  net::ConnectionFile wanted_;
  net::ConnectionFile written_;  // As it was last written.
  bool isLooking_ = false;
  std::string lastTrouble_;  // Said once, until the file is right again.
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace pi::scheduler
