// Secrets in memory and in files.
#include <doctest/doctest.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/net/secrets/hardening.h"
#include "common/net/secrets/private_file.h"
#include "common/net/secrets/secret.h"
#include "tests/net/tls_testing.h"
#include "tests/temporary_folder.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;
namespace fs = std::filesystem;

namespace {

void setMode(const fs::path& path, unsigned mode) {
  REQUIRE(::chmod(path.c_str(), static_cast<mode_t>(mode)) == 0);
}

bool isInLockedMemory(const Secret& secret) {
  return CRYPTO_secure_allocated(secret.reveal().data()) == 1;
}

// Completes a handshake.
void shake(TlsSession& caller, TlsSession& called) {
  for (int turn = 0; turn < 3; ++turn) {
    for (auto [from, to] : {std::pair(&caller, &called), {&called, &caller}}) {
      from->shake();
      std::vector<std::byte> bytes;
      from->takeOutput(bytes);
      to->receive(bytes);
    }
  }
}

}  // namespace

TEST_CASE("private keys and the texts of keys are in the locked memory of the process") {
  keepMemoryPrivate(kCallerConnections);
  REQUIRE(CRYPTO_secure_malloc_initialized() == 1);
  Secret key = makeKeyPair("pi-worker");
  CHECK(isInLockedMemory(key));
  const Secret copy(key);  // NOLINT(performance-unnecessary-copy-initialization)
  CHECK(isInLockedMemory(copy));

  std::size_t before = CRYPTO_secure_used();
  auto context = callerContext(key);
  CHECK(CRYPTO_secure_used() > before);  // OpenSSL's form of the key.
}

TEST_CASE("a text that is too long for the locked memory leaves room there for OpenSSL") {
  keepMemoryPrivate(kCallerConnections);
  Secret large(std::string(1 << 20, 'x'));
  CHECK_FALSE(isInLockedMemory(large));
  std::vector<Secret> many(1000, Secret(std::string(500, 'x')));
  CHECK(isInLockedMemory(many.front()));
  CHECK_FALSE(isInLockedMemory(many.back()));
  Secret key = makeKeyPair("pi-worker");
  CHECK_FALSE(fingerprintOf(key).empty());
}

TEST_CASE("an open connection needs at most the locked memory that is planned for it") {
  keepMemoryPrivate(kCallerConnections);
  constexpr std::size_t kPairs = 20;
  auto calling = callerContext();
  auto answering = calledContext();
  std::vector<std::unique_ptr<TlsSession>> sessions;
  std::size_t before = CRYPTO_secure_used();
  for (std::size_t i = 0; i < kPairs; ++i) {
    auto& caller = *sessions.emplace_back(std::make_unique<TlsSession>(calling));
    auto& called = *sessions.emplace_back(std::make_unique<TlsSession>(answering));
    shake(caller, called);
    REQUIRE(called.state() == TlsSession::State::kOpen);
  }
  CHECK(CRYPTO_secure_used() - before <= 2 * kPairs * kLockedBytesPerConnection);
}

TEST_CASE("each bit that lets others read or write a file with keys makes it unsafe") {
  TemporaryFolder folder;
  fs::path path = folder.path() / "key";
  std::ofstream(path) << "secret";
  for (unsigned mode = 0; mode <= 0777; ++mode) {
    if ((mode & 0400) == 0) continue;  // Not readable for us.
    CAPTURE(mode);
    setMode(path, mode);
    auto read = readPrivateFile(path, 100);
    REQUIRE(read.hasValue());
    CHECK(read->danger.has_value() == ((mode & 066) != 0));
    CHECK(read->isOurs == ((mode & 022) == 0));
  }
}

TEST_CASE("each bit that lets others write into a directory with keys makes it unsafe") {
  TemporaryFolder folder;
  for (unsigned mode : {0700u, 0750u, 0705u, 0755u, 0711u}) {
    CAPTURE(mode);
    setMode(folder.path(), mode);
    CHECK_NOTHROW(requirePrivateDirectory(folder.path()));
  }
  for (unsigned mode : {0720u, 0702u, 0770u, 0707u, 0722u, 01702u}) {
    CAPTURE(mode);
    setMode(folder.path(), mode);
    CHECK_THROWS_AS(requirePrivateDirectory(folder.path()), FileError);
  }
}

TEST_CASE("files and directories for secrets are private under every umask") {
  for (unsigned mask : {0u, 022u, 027u, 077u}) {
    CAPTURE(mask);
    TemporaryFolder folder;
    mode_t before = ::umask(static_cast<mode_t>(mask));
    writePrivateFile(folder.path() / "state" / "key", Secret("secret"));
    ::umask(before);
    struct stat file {
    }, directory{};
    REQUIRE(::stat((folder.path() / "state" / "key").c_str(), &file) == 0);
    REQUIRE(::stat((folder.path() / "state").c_str(), &directory) == 0);
    CHECK((file.st_mode & 0777) == 0600);
    CHECK((directory.st_mode & 0777) == 0700);
  }
}
