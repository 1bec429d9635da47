#include "client/submitter.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
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
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return found->pw_name;
  }
  // A user of a container has no entry, and a static program does not see those of a directory
  // service such as LDAP.
  for (const char* variable : {"LOGNAME", "USER"}) {
    const char* name = std::getenv(variable);
    if (name != nullptr && *name != '\0') return name;
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
