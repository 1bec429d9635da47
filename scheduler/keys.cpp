#include "scheduler/keys.h"

#include <kj/common.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/net/secrets/private_file.h"
#include "common/net/secrets/random.h"
#include "common/net/secrets/secret_json.h"
#include "common/net/tls/keys.h"
#include "scheduler/limits.h"
#include "scheduler/state_files.h"

namespace pi::scheduler {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kVersion = 2;

fs::path fileIn(const fs::path& stateDirectory) { return stateDirectory / kKeysFile; }

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw net::KeyError("the keys " + path.string() + " " + why);
}

Keys makeKeys() {
  return {.scheduler = net::makeKeyPair("pi-scheduler"),
          .worker = net::makeKeyPair("pi-worker"),
          .client = net::makeKeyPair("pi-client"),
          .owner = net::makeKeyPair("pi-owner")};
}

void save(const fs::path& stateDirectory, const Keys& keys) {
  json document = {{"version", kVersion},
                   {"scheduler", keys.scheduler.reveal()},
                   {"worker", keys.worker.reveal()},
                   {"client", keys.client.reveal()},
                   {"owner", keys.owner.reveal()}};
  KJ_DEFER(net::wipe(document));
  std::string text = document.dump(2) + "\n";
  KJ_DEFER(net::wipe(text));
  fs::path path = fileIn(stateDirectory);
  try {
    net::writePrivateFile(path, net::Secret(text));
  } catch (const net::FileError& error) {
    refuse(path, std::string("cannot be written: ") + error.what() +
                     "; name another directory with --state-dir");
  }
}

net::Secret keyPairIn(const json& document, const char* field) {
  net::Secret keyPair(document.at(field).get_ref<const std::string&>());
  static_cast<void>(net::fingerprintOf(keyPair));  // Throws if the text is not a key pair.
  return keyPair;
}

// Throws json::exception, and net::KeyError.
Keys read(const json& document) {
  if (document.at("version") != kVersion) throw net::KeyError("another version");
  Keys keys{.scheduler = keyPairIn(document, "scheduler"),
            .worker = keyPairIn(document, "worker"),
            .client = keyPairIn(document, "client"),
            .owner = keyPairIn(document, "owner")};
  constexpr std::size_t kRoles = 3;
  if (rolesOf(keys).size() != kRoles) throw net::KeyError("two roles have the same key");
  return keys;
}

void refuseUnsafe(const fs::path& stateDirectory) {
  try {
    net::requirePrivateDirectory(stateDirectory);
  } catch (const net::FileError& error) {
    throw net::KeyError("the state directory " + stateDirectory.string() +
                        " is not safe for keys: it " + error.what());
  }
}

// Returns nothing if the directory or the file does not exist.
std::optional<Keys> findKeys(const fs::path& stateDirectory) {
  fs::path path = fileIn(stateDirectory);
  auto file = net::readPrivateFile(path, kKeysFileBytesMax);
  if (!file.hasValue()) {
    if (file.error().kind() == net::FileError::Kind::kMissing) return std::nullopt;
    refuse(path, std::string("cannot be read: ") + file.error().what() +
                     "; name another directory with --state-dir");
  }
  refuseUnsafe(stateDirectory);
  if (file->danger) refuse(path, file->danger->what());
  return parseKeys(path, file->content.reveal());
}

}  // namespace

Keys parseKeys(const fs::path& path, std::string_view text) {
  json document;
  KJ_DEFER(net::wipe(document));
  try {
    document = json::parse(text);
    return read(document);
  } catch (const json::exception&) {
  } catch (const net::KeyError&) {
  }
  refuse(path,
         "are damaged; remove the file, and the next start makes new ones, after which workers and "
         "clients elsewhere need new connection files");
}

Keys loadKeys(const fs::path& stateDirectory) {
  if (std::optional<Keys> kept = findKeys(stateDirectory)) return *std::move(kept);
  refuseUnsafe(stateDirectory);
  Keys keys = makeKeys();
  save(stateDirectory, keys);
  return keys;
}

Keys existingKeys(const fs::path& stateDirectory) {
  if (std::optional<Keys> kept = findKeys(stateDirectory)) return *std::move(kept);
  refuse(fileIn(stateDirectory),
         "do not exist: no scheduler has made any there; name its state directory with "
         "--state-dir");
}

void rotateKey(const fs::path& stateDirectory, Keys& keys, Role role) {
  if (role == Role::kWorker) keys.worker = net::makeKeyPair("pi-worker");
  if (role == Role::kClient) keys.client = net::makeKeyPair("pi-client");
  if (role == Role::kOwner) keys.owner = net::makeKeyPair("pi-owner");
  save(stateDirectory, keys);
}

std::map<std::string, Role> rolesOf(const Keys& keys) {
  return {{net::fingerprintOf(keys.worker), Role::kWorker},
          {net::fingerprintOf(keys.client), Role::kClient},
          {net::fingerprintOf(keys.owner), Role::kOwner}};
}

void publish(const Keys& keys, net::ConnectionFile& file) {
  file.schedulerKey = net::fingerprintOf(keys.scheduler);
  file.workerKey = keys.worker;
  file.clientKey = keys.client;
  file.ownerKey = keys.owner;
}

}  // namespace pi::scheduler
