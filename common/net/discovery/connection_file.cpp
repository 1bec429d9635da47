#include "common/net/discovery/connection_file.h"

#include <kj/common.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/net/discovery/limits.h"
#include "common/net/secrets/private_file.h"
#include "common/net/secrets/secret_json.h"
#include "common/net/transport/interfaces.h"

namespace pi::net {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::uint32_t kVersion = 1;
constexpr const char* kKeysText = "keys";
constexpr const char* kCertificatesText = "certificates";
constexpr const char* kNoneText = "none";
constexpr const char* kBroken =
    "is damaged; try again in some seconds, since a running scheduler repairs its file, or start "
    "one; "
    "if the file was given to you, get it again";
constexpr const char* kUnknown =
    "needs something that this program does not know; use programs of one release";
constexpr const char* kTextAround =
    "has other text around its JSON; remove the lines before the first '{' and after the last '}'";
// Not in SECURITY.md: the links are the user's own.
constexpr int kLinksMax = 8;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path homeDirectory() {
  std::string home = environment("HOME");
  if (!home.empty()) return home;
  const passwd* user = ::getpwuid(::geteuid());
  return user == nullptr ? "." : user->pw_dir;
}

ConnectionFileError failure(ConnectionFileError::Kind kind, const fs::path& path,
                            const std::string& why, bool mayBeReplaced) {
  return {kind, "the connection file " + path.string() + " " + why, mayBeReplaced};
}

ConnectionFileError unusable(const fs::path& path, const std::string& why,
                             bool mayBeReplaced = false) {
  return failure(ConnectionFileError::Kind::kUnusable, path, why, mayBeReplaced);
}

ConnectionFileError unsafe(const fs::path& path, const FileError& danger, bool mayBeReplaced) {
  return failure(ConnectionFileError::Kind::kUnsafe, path, danger.what(), mayBeReplaced);
}

// Why the file could not be read.
ConnectionFileError unread(const fs::path& path, const FileError& error) {
  switch (error.kind()) {
    case FileError::Kind::kMissing:
      return failure(ConnectionFileError::Kind::kMissing, path,
                     "does not exist; start pi-scheduler, share its directory with this machine, "
                     "or give the scheduler's address as tcp://HOST:PORT",
                     true);
    case FileError::Kind::kTooLarge:
      return unusable(path, "is too large to be one; give another --connection-file");
    case FileError::Kind::kUnusable:
    case FileError::Kind::kUnsafe:
      break;
  }
  return unusable(path, std::string("cannot be read: ") + error.what());
}

Secret secretIn(const json& document, const char* field) {
  auto found = document.find(field);
  if (found == document.end() || found->is_null()) return {};
  return Secret(found->get_ref<const std::string&>());
}

Security securityOf(const json& document) {
  std::string text = document.value("security", kKeysText);
  if (text == kKeysText) return Security::kKeys;
  if (text == kCertificatesText) return Security::kCertificates;
  if (text == kNoneText) return Security::kNone;
  throw std::runtime_error(kUnknown);
}

// Only a whole number: the library would convert other numbers.
std::uint64_t wholeNumber(const json& value) {
  return value.get_ref<const json::number_unsigned_t&>();
}

// Throws json::exception, and std::runtime_error with the reason.
ConnectionFile read(const json& document) {
  std::uint64_t version = wholeNumber(document.at("version"));
  if (version != kVersion) {
    throw std::runtime_error("has version " + std::to_string(version) + " and this program reads " +
                             std::to_string(kVersion) + "; use programs of one release");
  }
  ConnectionFile file;
  file.schedulerId = document.at("scheduler_id").get<std::string>();
  std::uint64_t pid = wholeNumber(document.at("pid"));
  if (pid > std::numeric_limits<std::uint32_t>::max()) throw std::runtime_error(kBroken);
  file.pid = static_cast<std::uint32_t>(pid);
  file.host = document.at("host").get<std::string>();
  for (const json& text : document.at("addresses")) {
    Parsed<Address> address = parseAddress(text.get<std::string>());
    if (!address.value) throw std::runtime_error(kBroken);
    file.addresses.push_back(*address.value);
  }
  file.security = securityOf(document);
  file.schedulerKey = document.value("scheduler_key", "");
  if (auto keys = document.find("keys"); keys != document.end()) {
    file.workerKey = secretIn(*keys, "worker");
    file.clientKey = secretIn(*keys, "client");
    file.ownerKey = secretIn(*keys, "owner");
  }
  if (auto address = document.find("dashboard"); address != document.end() && !address->is_null()) {
    file.dashboard = address->get<std::string>();
  }
  file.dashboardFingerprint = document.value("dashboard_fingerprint", "");
  file.observerToken = secretIn(document, "observer_token");
  return file;
}

const char* textOf(Security security) {
  switch (security) {
    case Security::kKeys:
      break;
    case Security::kCertificates:
      return kCertificatesText;
    case Security::kNone:
      return kNoneText;
  }
  return kKeysText;
}

// True if the text is a JSON object with other text around it, such as a log or a mail.
bool hasTextAround(std::string_view text) {
  auto begin = text.find('{'), end = text.rfind('}');
  if (begin == text.npos || end == text.npos || end < begin) return false;
  return json::accept(text.begin() + static_cast<std::ptrdiff_t>(begin),
                      text.begin() + static_cast<std::ptrdiff_t>(end) + 1);
}

// The file that a chain of symbolic links leads to.  Links of other users are not followed.
fs::path targetOf(fs::path path) {
  for (int links = 0; links < kLinksMax; ++links) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) break;
    if (status.st_uid != ::geteuid()) break;
    std::error_code error;
    fs::path next = fs::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / next;  // An absolute one replaces the rest.
  }
  return path;
}

}  // namespace

fs::path defaultConnectionFile() {
  if (std::string path = environment("PI_CONNECTION_FILE"); !path.empty()) return path;
  fs::path state = environment("XDG_STATE_HOME");
  if (!state.is_absolute()) state = homeDirectory() / ".local" / "state";
  return state / "pi" / "scheduler.json";
}

fs::path wholePath(const fs::path& path) {
  std::error_code error;
  fs::path whole = fs::absolute(path, error);
  if (!error) return whole;
  throw unusable(path,
                 "cannot be found, since the current directory is gone; change to another "
                 "directory, or give its whole path");
}

bool environmentNamesConnectionFile() { return !environment("PI_CONNECTION_FILE").empty(); }

Secret textOf(const ConnectionFile& file) {
  json addresses = json::array();
  for (const Address& address : file.addresses) addresses.push_back(toText(address));
  json document = {{"version", kVersion},    {"scheduler_id", file.schedulerId},
                   {"pid", file.pid},        {"host", file.host},
                   {"addresses", addresses}, {"security", textOf(file.security)}};
  document["dashboard"] = file.dashboard.empty() ? json() : json(file.dashboard);
  KJ_DEFER(wipe(document));
  if (!file.dashboardFingerprint.empty()) {
    document["dashboard_fingerprint"] = file.dashboardFingerprint;
  }
  if (!file.schedulerKey.empty()) document["scheduler_key"] = file.schedulerKey;
  if (!file.workerKey.empty()) document["keys"]["worker"] = file.workerKey.reveal();
  if (!file.clientKey.empty()) document["keys"]["client"] = file.clientKey.reveal();
  if (!file.ownerKey.empty()) document["keys"]["owner"] = file.ownerKey.reveal();
  if (!file.observerToken.empty()) document["observer_token"] = file.observerToken.reveal();
  std::string text = document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  Secret secret(text);
  wipe(text);
  return secret;
}

ConnectionFile forRole(ConnectionFile file, Role role) {
  if (role != Role::kWorker) file.workerKey = {};
  if (role != Role::kClient) file.clientKey = {};
  if (role != Role::kOwner) file.ownerKey = {};
  bool mayObserve = role == Role::kObserver || role == Role::kClient || role == Role::kOwner;
  if (!mayObserve) file.observerToken = {};
  return file;
}

const Secret& keyOf(const ConnectionFile& file, Role role) {
  static const Secret kNone;
  switch (role) {
    case Role::kWorker:
      return file.workerKey;
    case Role::kClient:
      return file.clientKey;
    case Role::kOwner:
      return file.ownerKey;
    case Role::kObserver:
      return file.observerToken;
    case Role::kAnyone:
    case Role::kScheduler:
      break;
  }
  return kNone;
}

ConnectionFileRead parseConnectionFile(const fs::path& path, std::string_view text) {
  json document;
  KJ_DEFER(wipe(document));
  std::string why;
  try {
    document = json::parse(text);
    return read(document);
  } catch (const json::exception&) {
    bool isAround = document.is_discarded() || document.is_null();
    why = isAround && hasTextAround(text) ? kTextAround : kBroken;
  } catch (const std::runtime_error& reason) {
    why = reason.what();
  }
  bool isOne = document.is_object() && document.contains("scheduler_id");
  return unusable(path, why, isOne || text.empty());
}

ConnectionFileRead readConnectionFile(const fs::path& path) {
  auto file = readPrivateFile(path, kConnectionFileBytesMax);
  if (!file.hasValue()) return unread(path, file.error());
  // A file that another user owns or could write is not even parsed.
  if (!file->isOurs) return unsafe(path, file->danger.value(), false);
  ConnectionFileRead read = parseConnectionFile(path, file->content.reveal());
  bool isSecret = false;
  for (Role role : {Role::kWorker, Role::kClient, Role::kOwner, Role::kObserver}) {
    isSecret = isSecret || (read.hasValue() && !keyOf(*read, role).empty());
  }
  if (isSecret && file->danger) return unsafe(path, *file->danger, true);
  return read;
}

void writeConnectionFile(const fs::path& path, const ConnectionFile& file) {
  try {
    writePrivateFile(targetOf(path), textOf(file));
  } catch (const FileError& error) {
    throw ConnectionFileError(ConnectionFileError::Kind::kUnusable,
                              "cannot write the connection file " + path.string() + ": " +
                                  error.what() + "; give another --connection-file");
  }
}

void removeConnectionFile(const fs::path& path, const std::string& schedulerId) {
  ConnectionFileRead read = readConnectionFile(path);
  if (read.hasValue() && read->schedulerId == schedulerId) ::unlink(targetOf(path).c_str());
}

bool isStale(const ConnectionFile& file) {
  if (file.host != hostName() || file.pid == 0) return false;
  return ::kill(static_cast<pid_t>(file.pid), 0) != 0 && errno == ESRCH;
}

}  // namespace pi::net
