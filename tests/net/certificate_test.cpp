#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/net/tls/keys.h"
#include "common/net/tls/tls.h"
#include "tests/net/authority.h"
#include "tests/temporary_folder.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;

namespace {

namespace fs = std::filesystem;
using State = TlsSession::State;
using Kind = TlsFailure::Kind;

// Two authorities, and a scheduler of the first.
struct Site {
  TemporaryFolder folder;
  Authority authority{folder.path(), "site"};
  Authority elsewhere{folder.path(), "elsewhere"};
  CertificateFiles scheduler = authority.issue("scheduler", {"pi-scheduler"});
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void carry(TlsSession& from, TlsSession& to) {
  std::vector<std::byte> bytes;
  from.takeOutput(bytes);
  to.receive(bytes);
}

// How a handshake ends for the caller and for the called side.
struct Meeting {
  Meeting(const CertificateFiles& calling, const CertificateFiles& answering)
      : caller(std::make_shared<TlsContext>(TlsSide::kCaller, calling)),
        called(std::make_shared<TlsContext>(TlsSide::kCalled, answering)) {
    for (int turn = 0; turn < 4; ++turn) {
      caller.shake();
      carry(caller, called);
      called.shake();
      carry(called, caller);
    }
    std::byte byte{};
    caller.read({&byte, 1});  // A refusal arrives after the caller's own handshake is done.
  }

  bool isOpen() const { return caller.state() == State::kOpen && called.state() == State::kOpen; }
  // The scheduler has refused the caller's certificate, and the caller knows it.
  bool isRefused() const {
    return called.failure().kind == Kind::kWrongKey && caller.failure().kind == Kind::kRefused;
  }
  // The caller has refused the scheduler's certificate.
  bool isDistrusted() const {
    return caller.failure().kind == Kind::kWrongKey && called.state() == State::kFailed;
  }

  TlsSession caller;
  TlsSession called;
};

}  // namespace

TEST_CASE("with an authority, the organizational unit of the subject is the role") {
  Site site;
  for (Role role : {Role::kScheduler, Role::kWorker, Role::kClient, Role::kOwner}) {
    CAPTURE(name(role));
    std::string unit = "pi-" + std::string(name(role));
    Meeting meeting(site.authority.issue(unit, {"physics", unit}), site.scheduler);
    REQUIRE(meeting.isOpen());
    CHECK(meeting.called.peerRole() == role);
    CHECK(meeting.caller.peerRole() == Role::kScheduler);
  }
}

TEST_CASE("a certificate without a role or with two roles is refused") {
  Site site;
  using Units = std::vector<std::string>;
  for (const Units& units :
       {Units{}, Units{"physics"}, Units{"pi-worker", "pi-client"}, Units{"pi-client", "pi-owner"},
        Units{"pi-scheduler", "pi-owner"}, Units{"pi-worker "}, Units{"PI-WORKER"}}) {
    CHECK(Meeting(site.authority.issue("someone", units), site.scheduler).isRefused());
  }
}

// How the scheduler refuses a caller whose TLS is OpenSSL with this context.
TlsFailure refusalOf(const Site& site, SSL_CTX* context) {
  Ssl ssl(SSL_new(context));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl.get());
  TlsSession called(std::make_shared<TlsContext>(TlsSide::kCalled, site.scheduler));
  for (int turn = 0; turn < 3; ++turn) {
    SSL_do_handshake(ssl.get());
    std::vector<std::byte> bytes(1 << 16);
    int count = BIO_read(SSL_get_wbio(ssl.get()), bytes.data(), int(bytes.size()));
    if (count > 0) called.receive(std::span(bytes).first(std::size_t(count)));
    called.shake();
    bytes.clear();
    called.takeOutput(bytes);
    BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), int(bytes.size()));
  }
  REQUIRE(called.state() == State::kFailed);
  return called.failure();
}

TEST_CASE("with an authority, too, a caller without a certificate is refused") {
  Site site;
  SslContext context(SSL_CTX_new(TLS_client_method()));
  CHECK(refusalOf(site, context.get()).kind == Kind::kNoKey);
}

TEST_CASE(
    "a chain of at most 8 KiB is accepted, and a longer one is refused before it is decoded") {
  Site site;
  CertificateFiles worker = site.authority.issue("worker", {"pi-worker"});
  std::ostringstream root;
  root << std::ifstream(worker.authority).rdbuf();
  SslContext context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_use_PrivateKey_file(context.get(), worker.key.c_str(), SSL_FILETYPE_PEM);
  auto lengthen = [&](int count) {
    std::ofstream file(worker.certificate, std::ios::app);
    for (int i = 0; i < count; ++i) file << root.str();
    file.close();
    SSL_CTX_use_certificate_chain_file(context.get(), worker.certificate.c_str());
  };
  lengthen(15);
  CHECK(Meeting(worker, site.scheduler).isOpen());

  lengthen(30);
  std::string reason = refusalOf(site, context.get()).reason;
  CAPTURE(reason);
  CHECK(holds(reason, "excessive message size"));
  std::string sentence;
  try {
    TlsContext ours(TlsSide::kCaller, worker);
  } catch (const KeyError& error) {
    sentence = error.what();
  }
  CAPTURE(sentence);
  CHECK(holds(sentence, "--tls-cert " + worker.certificate + " has "));
  CHECK(holds(sentence, "leave out the root authority"));
}

TEST_CASE("a certificate that has expired, or is not valid yet, is refused on either side") {
  Site site;
  for (Validity validity :
       {Validity{.from = -7200, .to = -60}, Validity{.from = 3600, .to = 7200}}) {
    CHECK(
        Meeting(site.authority.issue("late", {"pi-worker"}, validity), site.scheduler).isRefused());
    CHECK(Meeting(site.authority.issue("worker", {"pi-worker"}),
                  site.authority.issue("old", {"pi-scheduler"}, validity))
              .isDistrusted());
  }
}

TEST_CASE("a certificate of another authority is refused on either side, with any name") {
  Site site;
  CertificateFiles worker = site.authority.issue("worker", {"pi-worker"});
  CertificateFiles strange = site.elsewhere.issue("worker", {"pi-worker"});
  strange.authority = worker.authority;
  CHECK(Meeting(strange, site.scheduler).isRefused());
  CertificateFiles impostor = site.elsewhere.issue("scheduler", {"pi-scheduler"});
  impostor.authority = worker.authority;
  CHECK(Meeting(worker, impostor).isDistrusted());
}

TEST_CASE("a certificate of an authority with the same name and another key is refused") {
  Site site;
  fs::create_directory(site.folder.path() / "double");
  Authority twin(site.folder.path() / "double", "site");
  CertificateFiles forged = twin.issue("worker", {"pi-worker"});
  forged.authority = site.scheduler.authority;
  CHECK(Meeting(forged, site.scheduler).isRefused());
}

TEST_CASE("a worker's certificate is not accepted as a scheduler's") {
  Site site;
  CHECK(Meeting(site.authority.issue("worker", {"pi-worker"}),
                site.authority.issue("impostor", {"pi-worker"}))
            .isDistrusted());
}

TEST_CASE("a certificate without its private key is refused before any connection is made") {
  Site site;
  CertificateFiles stolen = site.authority.issue("worker", {"pi-worker"});
  stolen.key = site.authority.issue("thief", {"pi-worker"}).key;
  CHECK_THROWS_AS(TlsContext(TlsSide::kCaller, stolen), KeyError);
}

TEST_CASE("a certificate that the authority has revoked is refused on either side") {
  Site site;
  CertificateFiles lost = site.authority.issue("lost", {"pi-worker"});
  CertificateFiles worker = site.authority.issue("worker", {"pi-worker"});
  CertificateFiles stolen = site.authority.issue("stolen", {"pi-scheduler"});
  CHECK(Meeting(lost, site.scheduler).isOpen());

  site.authority.revoke({"lost", "stolen"});

  CHECK(Meeting(lost, site.scheduler).isRefused());
  CHECK(Meeting(worker, stolen).isDistrusted());
  CHECK(Meeting(worker, site.scheduler).isOpen());
}

TEST_CASE("with a revocation list that is out of date every peer is refused") {
  Site site;
  CertificateFiles worker = site.authority.issue("worker", {"pi-worker"});
  site.authority.revoke({}, {.from = -7200, .to = -60});
  CHECK(Meeting(worker, site.scheduler).isDistrusted());
}

TEST_CASE("a key that others could read or replace is refused, and so is an encrypted key") {
  Site site;
  CertificateFiles worker = site.authority.issue("worker", {"pi-worker"});
  auto refusal = [&worker]() -> std::string {
    try {
      TlsContext context(TlsSide::kCaller, worker);
      return "";
    } catch (const KeyError& error) {
      return error.what();
    }
  };
  CHECK(refusal() == "");

  fs::permissions(worker.key, static_cast<fs::perms>(0666));
  CHECK(holds(refusal(), "--tls-key " + worker.key + " could be written by others"));
  fs::permissions(worker.key, static_cast<fs::perms>(0640));
  CHECK(holds(refusal(), "could be read by others"));
  CHECK(holds(refusal(), "have the authority certify a new key"));
  site.authority.encryptKey("worker");
  CHECK(holds(refusal(), "is encrypted"));
  fs::remove(worker.key);
  CHECK(holds(refusal(), "does not exist"));
}
