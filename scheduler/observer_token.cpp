#include "scheduler/observer_token.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/secrets/private_file.h"
#include "common/net/secrets/random.h"
#include "common/net/tls/keys.h"
#include "scheduler/limits.h"
#include "scheduler/state_files.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTokenBytes = 32;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw net::KeyError("the observers' token " + path.string() + " " + why);
}

net::Secret makeToken(const fs::path& path) {
  std::string text = net::hexText(net::randomBytes(kTokenBytes));
  net::Secret token(text);
  text += "\n";
  net::Secret content(text);
  net::wipe(text);
  try {
    net::writePrivateFile(path, content);
  } catch (const net::FileError& error) {
    refuse(path, std::string("cannot be written: ") + error.what() +
                     "; name another directory with --state-dir");
  }
  return token;
}

bool isHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// Null if there is no file.
std::optional<net::Secret> findToken(const fs::path& path) {
  auto file = net::readPrivateFile(path, kTokenFileBytesMax,
                                   "remove the file: the next start makes a new one");
  if (!file.hasValue()) {
    if (file.error().kind() == net::FileError::Kind::kMissing) return std::nullopt;
    refuse(path, std::string("cannot be read: ") + file.error().what() +
                     "; name another directory with --state-dir");
  }
  if (file->danger) refuse(path, file->danger->what());
  std::string_view text = file->content.reveal();
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.size() != 2 * kTokenBytes || !std::ranges::all_of(text, isHex)) {
    refuse(path, "is damaged; remove the file, and the next start makes a new one");
  }
  return net::Secret(text);
}

}  // namespace

net::Secret loadObserverToken(const fs::path& stateDirectory) {
  fs::path path = stateDirectory / kTokenFile;
  if (std::optional<net::Secret> kept = findToken(path)) return *std::move(kept);
  return makeToken(path);
}

net::Secret existingObserverToken(const fs::path& stateDirectory) {
  fs::path path = stateDirectory / kTokenFile;
  if (std::optional<net::Secret> kept = findToken(path)) return *std::move(kept);
  refuse(path,
         "does not exist: no scheduler has made it there; name its state directory with "
         "--state-dir");
}

net::Secret rotateObserverToken(const fs::path& stateDirectory) {
  return makeToken(stateDirectory / kTokenFile);
}

}  // namespace pi::scheduler
