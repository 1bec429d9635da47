// This file is linked into the static programs only.  They run on any Linux system, so they must
// not load its libraries: those belong to another version of the C library than the program's own.
#include <dlfcn.h>
#include <netdb.h>
#include <nss.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>

namespace {

// Before main().
[[gnu::constructor]] void start() {
  // An openssl.cnf may name providers and engines, which are libraries.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  // So may nsswitch.conf: "sss", "ldap", "resolve".  These two are a part of the program.
  __nss_configure_lookup("hosts", "files dns");
}

constexpr char kNoLibraries[] = "a static program loads no libraries";

}  // namespace

// These take the places of the C library's functions of the same names.
extern "C" {

void* dlopen(const char* /*file*/, int /*mode*/) noexcept { return nullptr; }
void* dlsym(void* /*library*/, const char* /*name*/) noexcept { return nullptr; }
int dlclose(void* /*library*/) noexcept { return -1; }
int dladdr(const void* /*address*/, Dl_info* /*info*/) noexcept { return 0; }
char* dlerror() noexcept { return const_cast<char*>(kNoLibraries); }

// OpenSSL refers to it, and no program calls it.
hostent* gethostbyname(const char* /*name*/) { return nullptr; }

// The user's entry in /etc/passwd; none for a user of a directory service.
int getpwuid_r(uid_t user, passwd* entry, char* buffer, std::size_t bytes, passwd** found) {
  *found = nullptr;
  FILE* file = std::fopen("/etc/passwd", "re");
  if (file == nullptr) return 0;
  int status = 0;
  while ((status = ::fgetpwent_r(file, entry, buffer, bytes, found)) == 0) {
    if (entry->pw_uid == user) break;
  }
  std::fclose(file);
  if (status == 0) return 0;
  *found = nullptr;
  return status == ENOENT ? 0 : status;
}

passwd* getpwuid(uid_t user) {
  static passwd entry;
  static char buffer[4096];
  passwd* found = nullptr;
  ::getpwuid_r(user, &entry, buffer, sizeof buffer, &found);
  return found;
}

}  // extern "C"
