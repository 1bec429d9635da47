#include "common/net/connection_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "common/net/interfaces.h"

namespace pi::net {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kVersion = 1;
constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
constexpr const char* kBroken = "is broken; start pi-scheduler again to have it rewritten";

// Owns a file descriptor.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (isOpen()) ::close(descriptor_);
  }
  bool isOpen() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string systemError() { return std::system_category().message(errno); }

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

ConnectionFileRead refuse(const fs::path& path, const std::string& why) {
  return {.error = "the connection file " + path.string() + " " + why};
}

ConnectionFileRead missing(const fs::path& path) {
  ConnectionFileRead read =
      refuse(path, "does not exist; start pi-scheduler, or give its address as tcp://HOST:PORT");
  read.isMissing = true;
  return read;
}

// Null when it cannot be read.  Of what is too large, a little more than kFileBytesMax.
std::optional<std::string> contentOf(const File& file) {
  std::string content;
  std::array<char, 4096> piece{};
  while (content.size() <= kFileBytesMax) {
    ssize_t count = ::read(file.descriptor(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    content.append(piece.data(), static_cast<std::size_t>(count));
  }
  return content;
}

// Throws json::exception.
ConnectionFileRead parse(const fs::path& path, const std::string& content) {
  json document = json::parse(content);
  int version = document.at("version").get<int>();
  if (version != kVersion) {
    return refuse(path, "has version " + std::to_string(version) + " and this program reads " +
                            std::to_string(kVersion) + "; use programs of one release");
  }
  ConnectionFile file{.schedulerId = document.at("scheduler_id").get<std::string>(),
                      .pid = document.at("pid").get<std::uint32_t>(),
                      .host = document.at("host").get<std::string>(),
                      .addresses = {},
                      .dashboard = {}};
  for (const json& text : document.at("addresses")) {
    Parsed<Address> address = parseAddress(text.get<std::string>());
    if (!address.value) return refuse(path, kBroken);
    file.addresses.push_back(*address.value);
  }
  auto dashboard = document.find("dashboard");
  if (dashboard != document.end() && !dashboard->is_null()) {
    file.dashboard = dashboard->get<std::string>();
  }
  return {.value = std::move(file)};
}

std::string textOf(const ConnectionFile& file) {
  json addresses = json::array();
  for (const Address& address : file.addresses) addresses.push_back(toText(address));
  json document = {{"version", kVersion},    {"scheduler_id", file.schedulerId},
                   {"pid", file.pid},        {"host", file.host},
                   {"addresses", addresses}, {"dashboard", nullptr}};
  if (file.dashboard) document["dashboard"] = *file.dashboard;
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

bool makeDirectories(const fs::path& directory) {
  if (directory.empty() || ::mkdir(directory.c_str(), S_IRWXU) == 0) return true;
  if (errno == EEXIST) return true;
  return errno == ENOENT && makeDirectories(directory.parent_path()) &&
         ::mkdir(directory.c_str(), S_IRWXU) == 0;
}

bool writeAll(const File& file, std::string_view content) {
  while (!content.empty()) {
    ssize_t count = ::write(file.descriptor(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return ::fsync(file.descriptor()) == 0;
}

}  // namespace

fs::path defaultConnectionFile() {
  if (std::string path = environment("PI_CONNECTION_FILE"); !path.empty()) return path;
  fs::path state = environment("XDG_STATE_HOME");
  if (!state.is_absolute()) state = homeDirectory() / ".local" / "state";
  return state / "pi" / "scheduler.json";
}

ConnectionFileRead readConnectionFile(const fs::path& path) {
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // Never waits for a FIFO.
  if (!file.isOpen() && (errno == ENOENT || errno == ENOTDIR)) return missing(path);
  std::optional<std::string> content;
  if (file.isOpen()) content = contentOf(file);
  if (!content) return refuse(path, "cannot be read: " + systemError());
  if (content->size() > kFileBytesMax) {
    return refuse(path, "is too large to be one; give another --connection-file");
  }
  try {
    return parse(path, *content);
  } catch (const json::exception&) {
    return refuse(path, kBroken);
  }
}

std::string writeConnectionFile(const fs::path& path, const ConnectionFile& file) {
  auto failed = [&path](const std::string& why) {
    return "cannot write the connection file " + path.string() + ": " + why +
           "; give another --connection-file";
  };
  if (!makeDirectories(path.parent_path())) return failed(systemError());

  // A name of its own, made with mode 0600: nobody reads half a file, or another's.
  std::string draft = path.string() + ".XXXXXX";
  File output(::mkostemp(draft.data(), O_CLOEXEC));
  if (!output.isOpen()) return failed(systemError());
  if (!writeAll(output, textOf(file)) || ::rename(draft.c_str(), path.c_str()) != 0) {
    std::string why = systemError();
    ::unlink(draft.c_str());
    return failed(why);
  }
  fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  File parent(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.isOpen()) ::fsync(parent.descriptor());  // Not every file system can.
  return "";
}

void removeConnectionFile(const fs::path& path, const std::string& schedulerId) {
  ConnectionFileRead read = readConnectionFile(path);
  if (read.value && read.value->schedulerId == schedulerId) ::unlink(path.c_str());
}

bool isStale(const ConnectionFile& file) {
  if (file.host != hostName() || file.pid == 0) return false;
  return ::kill(static_cast<pid_t>(file.pid), 0) != 0 && errno == ESRCH;
}

}  // namespace pi::net
