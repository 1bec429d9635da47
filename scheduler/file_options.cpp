#include "scheduler/file_options.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/discovery/connection_file.h"
#include "scheduler/state_files.h"

namespace pi::scheduler {
namespace {

namespace fs = std::filesystem;

constexpr int kLinksMax = 40;  // As many as Linux follows.

struct NamedFile {
  std::string name;  // For the message: "--log-file", "keys.json of the state directory".
  fs::path path;
};

// The path without symbolic links and "..".  The file need not exist, and a link to a file that
// does not exist is followed, too: opening it would create that file.
fs::path resolved(const fs::path& given) {
  std::error_code error;
  fs::path path = net::wholePath(given);
  for (int links = 0; links < kLinksMax && fs::is_symlink(fs::symlink_status(path, error));
       ++links) {
    path = path.parent_path() / fs::read_symlink(path, error);
  }
  fs::path whole = fs::weakly_canonical(path, error);
  return error ? path.lexically_normal() : whole;
}

bool isSame(const fs::path& one, const fs::path& other) {
  std::error_code ignored;  // The files need not exist.
  return resolved(one) == resolved(other) || fs::equivalent(one, other, ignored);
}

void add(std::vector<NamedFile>& files, const char* name, const std::optional<std::string>& path) {
  if (path) files.push_back({name, *path});
}

// The files that the scheduler writes besides its state.
std::vector<NamedFile> writtenFiles(const ServeOptions& options) {
  std::vector<NamedFile> files = {{"--connection-file", connectionFileOf(options)}};
  add(files, "--pid-file", options.pidFile);
  add(files, "--log-file", options.logFile);
  return files;
}

// The files that must stay as they are, or that only another part of the scheduler writes.
std::vector<NamedFile> keptFiles(const ServeOptions& options) {
  std::vector<NamedFile> files;
  fs::path directory = stateDirectoryOf(options);
  std::string jobs = kJobsFile;
  for (const std::string& name : {std::string(kKeysFile), std::string(kLockFile),
                                  std::string(kPortFile), std::string(kTokenFile), jobs,
                                  jobs + "-wal", jobs + "-shm", jobs + "-journal", jobs + ".new"}) {
    files.push_back({name + " of the state directory", directory / name});
  }
  if (options.access.certificates) {
    const CertificateFiles& certificates = *options.access.certificates;
    files.push_back({"--tls-cert", certificates.certificate});
    files.push_back({"--tls-key", certificates.key});
    files.push_back({"--tls-ca", certificates.authority});
  }
  return files;
}

void refuseSame(const NamedFile& written, const NamedFile& other) {
  if (!isSame(written.path, other.path)) return;
  throw std::runtime_error(written.name + " and " + other.name + " are the same file, " +
                           written.path.string() + "; name another with " + written.name);
}

}  // namespace

fs::path connectionFileOf(const ServeOptions& options) {
  return net::wholePath(options.connectionFile.value_or(net::defaultConnectionFile().string()));
}

fs::path stateDirectoryOf(const ServeOptions& options) {
  return options.stateDir ? fs::path(*options.stateDir) : connectionFileOf(options).parent_path();
}

void refuseSharedFiles(const ServeOptions& options) {
  const std::vector<NamedFile> written = writtenFiles(options);
  const std::vector<NamedFile> kept = keptFiles(options);
  for (auto file = written.begin(); file != written.end(); ++file) {
    for (const NamedFile& other : kept) refuseSame(*file, other);
    for (auto earlier = written.begin(); earlier != file; ++earlier) refuseSame(*file, *earlier);
  }
}

}  // namespace pi::scheduler
