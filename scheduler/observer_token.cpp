#include "scheduler/observer_token.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/secrets/random.h"
#include "scheduler/limits.h"
#include "scheduler/state_files.h"
#include "scheduler/state_secret.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTokenBytes = 32;

StateSecret fileIn(const fs::path& stateDirectory) {
  return {.what = "the observers' token",
          .path = stateDirectory / kTokenFile,
          .bytesMax = kTokenFileBytesMax};
}

net::Secret makeToken(const StateSecret& file) {
  std::string text = net::hexText(net::randomBytes(kTokenBytes));
  net::Secret token(text);
  text += "\n";
  net::Secret content(text);
  net::wipe(text);
  write(file, content);
  return token;
}

bool isHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// Null if there is no file.
std::optional<net::Secret> findToken(const StateSecret& file) {
  std::optional<net::Secret> content = read(file);
  if (!content) return std::nullopt;
  std::string_view text = content->reveal();
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.size() != 2 * kTokenBytes || !std::ranges::all_of(text, isHex)) {
    refuse(file, "is damaged; remove the file, and the next start makes a new one");
  }
  return net::Secret(text);
}

}  // namespace

net::Secret loadObserverToken(const fs::path& stateDirectory) {
  StateSecret file = fileIn(stateDirectory);
  if (std::optional<net::Secret> kept = findToken(file)) return *std::move(kept);
  return makeToken(file);
}

net::Secret existingObserverToken(const fs::path& stateDirectory) {
  StateSecret file = fileIn(stateDirectory);
  if (std::optional<net::Secret> kept = findToken(file)) return *std::move(kept);
  refuse(file,
         "does not exist: no scheduler has made it there; name its state directory with "
         "--state-dir");
}

net::Secret rotateObserverToken(const fs::path& stateDirectory) {
  return makeToken(fileIn(stateDirectory));
}

}  // namespace pi::scheduler
