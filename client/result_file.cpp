#include "client/result_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "client/failure.h"
#include "client/output.h"
#include "common/base/printable.h"

namespace pi::client {

ResultFile::ResultFile(std::string path, std::string option)
    : path_(std::move(path)), option_(std::move(option)) {
  if (isStdout()) return;
  file_.open(path_, std::ios::binary);
  check();
}

void ResultFile::write(const std::string& text) {
  if (isStdout()) return print(text);
  file_ << text;
  check();
}

void ResultFile::close() {
  if (isStdout()) return;
  file_.close();
  check();
}

void ResultFile::check() const {
  if (file_) return;
  throw Failure(ExitCode::kFailed, "cannot write " + pi::quoted(path_) + " (" +
                                       std::strerror(errno) + "); name another file with " +
                                       option_);
}

}  // namespace pi::client
