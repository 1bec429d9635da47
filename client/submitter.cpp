#include "client/submitter.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "common/base/printable.h"
#include "common/base/text_width.h"
#include "common/model/limits.h"
#include "common/net/transport/interfaces.h"

namespace pi::client {
namespace {

std::string userName() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  // A user of a container may have no entry.
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return found->pw_name;
  }
  return "uid-" + std::to_string(::geteuid());
}

}  // namespace

std::string userAtHost() {
  std::string text = printable(userName() + "@" + net::hostName());
  std::size_t columns = kSubmitterBytesMax;
  while (text.size() > kSubmitterBytesMax) text = cutTo(text, columns--);
  return text;
}

JobSpec submittedByUser(JobSpec spec) {
  spec.submitter = userAtHost();
  return spec;
}

}  // namespace pi::client
