#include "scheduler/published_file.h"

#include <spdlog/spdlog.h>

#include <asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <utility>

#include "scheduler/limits.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

// The result of a look.
struct Look {
  std::string line;        // For the log; empty if the file was as it should be.
  bool isWritten = false;  // It was written again; otherwise `line` says why it is still wrong.
};

std::string addressesText(const std::vector<Address>& addresses) {
  std::string text;
  for (const Address& address : addresses) text += (text.empty() ? "" : ", ") + toText(address);
  return text.empty() ? "none" : text;
}

// Why the file is to be written again.
std::string reasonFor(const net::ConnectionFileRead& read, const net::ConnectionFile& wanted,
                      const net::ConnectionFile& written) {
  if (!read.hasValue()) {
    return read.error().isMissing() ? "it had disappeared" : read.error().what();
  }
  if (*read == written) {
    return "this scheduler's addresses are now " + addressesText(wanted.addresses);
  }
  return "it had been changed";
}

Look lookAt(const fs::path& path, const net::ConnectionFile& wanted,
            const net::ConnectionFile& written) {
  net::ConnectionFileRead read = net::readConnectionFile(path);
  if (read.hasValue() && *read == wanted) return {};
  if (read.hasValue() && read->schedulerId != wanted.schedulerId) {
    return {.line = "the connection file " + path.string() +
                    " leads to another scheduler now (pid " + std::to_string(read->pid) + " on " +
                    read->host +
                    "), and peers that use it do not find this one; stop one of the two"};
  }
  std::string reason = reasonFor(read, wanted, written);
  try {
    net::writeConnectionFile(path, wanted);
  } catch (const net::ConnectionFileError& error) {
    return {.line = error.what()};
  }
  return {.line = "wrote the connection file " + path.string() + " again: " + reason,
          .isWritten = true};
}

}  // namespace

// The state that the thread of a look may still use when the object is gone.
struct PublishedFile::Shared {
  std::mutex mutex;
  std::condition_variable ended;
  bool isBusy = false;             // A look is under way.
  bool isAbandoned = false;        // The loop may be gone.
  PublishedFile* owner = nullptr;  // For the loop's thread only; null once it is gone.
};

PublishedFile::PublishedFile(net::KjLoop& loop, const fs::path& path, net::ConnectionFile file)
    : loop_(loop),
      path_(path),
      wanted_(std::move(file)),
      written_(wanted_),
      shared_(std::make_shared<Shared>()) {
  net::writeConnectionFile(path_, wanted_);
  shared_->owner = this;
}

PublishedFile::~PublishedFile() {
  shared_->owner = nullptr;
  if (!awaitThread()) return;  // The disk hangs, and removing the file would hang, too.
  net::removeConnectionFile(path_, wanted_.schedulerId);
}

bool PublishedFile::awaitThread() {
  std::unique_lock lock(shared_->mutex);
  auto isIdle = [this] { return !shared_->isBusy; };
  bool hasEnded = shared_->ended.wait_for(lock, kFarewellTimeout, isIdle);
  shared_->isAbandoned = true;
  lock.unlock();
  if (!hasEnded) {
    thread_.detach();
  } else if (thread_.joinable()) {
    thread_.join();
  }
  return hasEnded;
}

void PublishedFile::look() {
  if (isLooking_) return;
  if (thread_.joinable()) thread_.join();  // It has ended, because its result is here.
  auto task = [shared = shared_, &io = loop_.io(), path = path_, wanted = wanted_,
               written = written_] {
    Look found = lookAt(path, wanted, written);
    std::lock_guard lock(shared->mutex);
    shared->isBusy = false;
    shared->ended.notify_all();
    if (shared->isAbandoned) return;
    asio::post(io, [shared, found, wanted] {
      if (shared->owner == nullptr) return;
      if (found.isWritten) shared->owner->written_ = wanted;
      shared->owner->noteLook(found.line, found.isWritten);
    });
  };
  shared_->isBusy = true;  // No other thread is there yet.
  isLooking_ = true;
  try {
    thread_ = std::thread(std::move(task));
  } catch (const std::system_error&) {  // Too many threads: the next look may succeed.
    shared_->isBusy = false;
    isLooking_ = false;
  }
}

void PublishedFile::noteLook(const std::string& line, bool isWritten) {
  isLooking_ = false;
  bool isNews = !line.empty() && (isWritten || line != lastTrouble_);
  lastTrouble_ = isWritten ? "" : line;
  if (isNews) spdlog::warn("{}", line);
}

}  // namespace pi::scheduler
