#include "scheduler/state_secret.h"

#include "common/net/secrets/private_file.h"
#include "common/net/tls/keys.h"

namespace pi::scheduler {

void refuse(const StateSecret& file, const std::string& why) {
  throw net::KeyError(file.what + " " + file.path.string() + " " + why);
}

std::optional<net::Secret> read(const StateSecret& file) {
  auto found = net::readPrivateFile(file.path, file.bytesMax,
                                    "remove the file: the next start makes a new one");
  if (!found.hasValue()) {
    if (found.error().kind() == net::FileError::Kind::kMissing) return std::nullopt;
    refuse(file, std::string("cannot be read: ") + found.error().what() +
                     "; name another directory with --state-dir");
  }
  if (found->danger) refuse(file, found->danger->what());
  return found->content;
}

void write(const StateSecret& file, const net::Secret& content) {
  try {
    net::writePrivateFile(file.path, content);
  } catch (const net::FileError& error) {
    refuse(file, std::string("cannot be written: ") + error.what() +
                     "; name another directory with --state-dir");
  }
}

}  // namespace pi::scheduler
