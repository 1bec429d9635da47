#include "common/net/tls/tls.h"

#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/ssl.h>

#include <cstring>
#include <optional>
#include <string>

#include "common/net/tls/openssl.h"
#include "tests/net/tls_testing.h"

using namespace pi;
using namespace pi::net;
using namespace pi::net::testing;

namespace {

using State = TlsSession::State;
using Kind = TlsFailure::Kind;

// Moves at most `bytesMax` bytes of output from `from` to `to`; returns how many.
std::size_t carry(TlsSession& from, TlsSession& to, std::size_t bytesMax = ~std::size_t{0}) {
  std::vector<std::byte> bytes;
  from.takeOutput(bytes);
  bytes.resize(std::min(bytes.size(), bytesMax));
  to.receive(bytes);
  return bytes.size();
}

// Two sessions that have exchanged all their output.
struct Pair {
  Pair(const std::shared_ptr<const TlsContext>& calling,
       const std::shared_ptr<const TlsContext>& answering)
      : caller(calling), called(answering) {
    for (int turn = 0; turn < 4; ++turn) {
      caller.shake();
      carry(caller, called);
      called.shake();
      carry(called, caller);
    }
    read(caller);  // A refusal arrives after the caller's own handshake is done.
  }

  static std::string read(TlsSession& session) {
    std::string text(1 << 20, '\0');
    text.resize(session.read(std::as_writable_bytes(std::span(text))));
    return text;
  }

  TlsSession caller;
  TlsSession called;
};

void write(TlsSession& session, const std::string& text) {
  session.write(std::as_bytes(std::span(text)));
}

// A peer in memory that uses OpenSSL directly, to send what our own code does not.
struct OtherPeer {
  explicit OtherPeer(int versionMax, TlsSide side = TlsSide::kCaller)
      : context(SSL_CTX_new(TLS_method())) {
    SSL_CTX_set_max_proto_version(context.get(), versionMax);
    ssl.reset(SSL_new(context.get()));
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (side == TlsSide::kCaller) SSL_set_connect_state(ssl.get());
    if (side == TlsSide::kCalled) SSL_set_accept_state(ssl.get());
  }
  // Exchanges the output of it and `session` until both have none left.
  void talkTo(TlsSession& session) {
    for (int turn = 0; turn < 4; ++turn) {
      SSL_do_handshake(ssl.get());
      char bytes[16384];
      int count = BIO_read(SSL_get_wbio(ssl.get()), bytes, sizeof bytes);
      if (count > 0) session.receive(std::as_bytes(std::span(bytes).first(unsigned(count))));
      session.shake();
      std::vector<std::byte> answer;
      session.takeOutput(answer);
      BIO_write(SSL_get_rbio(ssl.get()), answer.data(), int(answer.size()));
    }
  }

  SslContext context;
  Ssl ssl;
};

// The distance of the byte at `at` from the beginning of its record.
std::size_t placeInRecord(std::span<const std::byte> records, std::size_t at) {
  constexpr std::size_t kHeaderBytes = 5;
  for (;;) {
    std::size_t length =
        std::to_integer<std::size_t>(records[3]) << 8 | std::to_integer<std::size_t>(records[4]);
    std::size_t size = kHeaderBytes + length;
    if (at < size) return at;
    records = records.subspan(size);
    at -= size;
  }
}

// A key pair with the certificate of `owner` and the private key of `signer`.
PrivateKey disguisedKey(EVP_PKEY* owner, EVP_PKEY* signer) {
  unsigned char point[256];
  std::size_t pointBytes = 0;
  BIGNUM* secret = nullptr;
  EVP_PKEY_get_octet_string_param(owner, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &pointBytes);
  EVP_PKEY_get_bn_param(signer, OSSL_PKEY_PARAM_PRIV_KEY, &secret);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, pointBytes);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, secret);
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* maker = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(maker);
  EVP_PKEY_fromdata(maker, &key, EVP_PKEY_KEYPAIR, parameters);
  EVP_PKEY_CTX_free(maker);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_clear_free(secret);
  return PrivateKey(key);
}

}  // namespace

TEST_CASE("the keys of a worker, a client and the scheduler tell their roles") {
  for (Role role : {Role::kWorker, Role::kClient}) {
    CAPTURE(name(role));
    Pair pair(callerContext(role == Role::kWorker ? keys().worker : keys().client),
              calledContext());
    REQUIRE(pair.caller.state() == State::kOpen);
    REQUIRE(pair.called.state() == State::kOpen);
    CHECK(pair.called.peerRole() == role);
    CHECK(pair.caller.peerRole() == Role::kScheduler);
  }
}

TEST_CASE("bytes and the end that one side writes are read on the other side") {
  Pair pair(callerContext(), calledContext());
  std::string large(100'000, 'x');
  write(pair.caller, "hello");
  write(pair.caller, large);
  carry(pair.caller, pair.called);
  CHECK(Pair::read(pair.called) == "hello" + large);
  CHECK_FALSE(pair.called.inputEnded());

  pair.caller.endOutput();
  carry(pair.caller, pair.called);
  CHECK(Pair::read(pair.called).empty());
  CHECK(pair.called.inputEnded());
  write(pair.called, "goodbye");  // The other direction is still open.
  carry(pair.called, pair.caller);
  CHECK(Pair::read(pair.caller) == "goodbye");
}

TEST_CASE("a key that the scheduler does not know is refused, with any name in its certificate") {
  Pair pair(callerContext(keys().stranger), calledContext());
  CHECK(pair.called.state() == State::kFailed);
  CHECK(pair.called.failure().kind == Kind::kWrongKey);
  CHECK(pair.caller.state() == State::kFailed);
  CHECK(pair.caller.failure().kind == Kind::kRefused);
}

TEST_CASE("a peer with the scheduler's own key is refused") {
  Pair pair(callerContext(keys().scheduler), calledContext());
  CHECK(pair.called.failure().kind == Kind::kWrongKey);
}

TEST_CASE("a scheduler with an unexpected key is refused, and never sees ours") {
  Pair pair(callerContext(), calledContext(keys().stranger));
  CHECK(pair.caller.state() == State::kFailed);
  CHECK(pair.caller.failure().kind == Kind::kWrongKey);
  CHECK(pair.called.failure().kind == Kind::kRefused);
}

TEST_CASE("a certificate and a private key that do not belong together are refused") {
  const std::string stolen(keys().worker.reveal());
  const std::string own(keys().stranger.reveal());
  std::size_t at = stolen.find("-----BEGIN CERTIFICATE");
  std::size_t end = own.find("-----BEGIN CERTIFICATE");
  CHECK_THROWS_AS(callerContext(Secret(own.substr(0, end) + stolen.substr(at))), KeyError);
}

TEST_CASE("a stolen certificate without its private key is refused on either side") {
  KeyHalves thief = readKeyPair(keys().stranger.reveal());
  for (TlsSide side : {TlsSide::kCaller, TlsSide::kCalled}) {
    bool isCaller = side == TlsSide::kCaller;
    KeyHalves owner = readKeyPair((isCaller ? keys().worker : keys().scheduler).reveal());
    for (EVP_PKEY* signer : {owner.key.get(), thief.key.get()}) {
      PrivateKey key = disguisedKey(owner.key.get(), signer);
      OtherPeer peer(TLS1_3_VERSION, side);
      REQUIRE(SSL_use_certificate(peer.ssl.get(), owner.certificate.get()) == 1);
      REQUIRE(SSL_use_PrivateKey(peer.ssl.get(), key.get()) == 1);
      TlsSession ours(isCaller ? calledContext() : callerContext());
      peer.talkTo(ours);
      CHECK(ours.state() == (signer == owner.key.get() ? State::kOpen : State::kFailed));
      bool isForged = ours.failure().reason.find("bad signature") != std::string::npos;
      CHECK(isForged == (signer == thief.key.get()));
    }
  }
}

TEST_CASE("a peer without a certificate is refused") {
  OtherPeer peer(TLS1_3_VERSION);
  TlsSession called(calledContext());
  peer.talkTo(called);
  CHECK(called.state() == State::kFailed);
  CHECK(called.failure().kind == Kind::kNoKey);
}

TEST_CASE("a long certificate message is refused before a certificate in it is decoded") {
  // With all these certificates OpenSSL finds the worker's key, and would accept it.
  for (int more : {1, 8, 70}) {
    CAPTURE(more);
    KeyHalves worker = readKeyPair(keys().worker.reveal());
    OtherPeer peer(TLS1_3_VERSION);
    REQUIRE(SSL_use_certificate(peer.ssl.get(), worker.certificate.get()) == 1);
    REQUIRE(SSL_use_PrivateKey(peer.ssl.get(), worker.key.get()) == 1);
    for (int i = 0; i < more; ++i) {
      REQUIRE(SSL_add1_chain_cert(peer.ssl.get(), worker.certificate.get()) == 1);
    }
    TlsSession called(calledContext());
    peer.talkTo(called);
    CHECK((called.state() == State::kOpen) == (more == 1));
    if (more == 1) continue;
    CHECK(called.failure().kind == Kind::kWrongKey);
    CHECK(called.failure().reason == "excessive message size");
  }
}

TEST_CASE("the groups of a key exchange are the cheap ones") {
  for (const auto& row : {std::pair("X25519", true),
                          {"P-256", true},
                          {"P-384", false},
                          {"P-521", false},
                          {"X448", false},
                          {"ffdhe2048", false}}) {
    auto group = row.first;
    CAPTURE(group);
    KeyHalves worker = readKeyPair(keys().worker.reveal());
    OtherPeer peer(TLS1_3_VERSION);
    REQUIRE(SSL_use_certificate(peer.ssl.get(), worker.certificate.get()) == 1);
    REQUIRE(SSL_use_PrivateKey(peer.ssl.get(), worker.key.get()) == 1);
    REQUIRE(SSL_set1_groups_list(peer.ssl.get(), group) == 1);
    TlsSession called(calledContext());
    peer.talkTo(called);
    CHECK((called.state() == State::kOpen) == row.second);
  }
}

TEST_CASE("no version before TLS 1.3 is accepted") {
  for (int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
    CAPTURE(version);
    OtherPeer peer(version);
    SSL_set_security_level(peer.ssl.get(), 0);  // Otherwise OpenSSL does not offer the oldest.
    TlsSession called(calledContext());
    peer.talkTo(called);
    CHECK(called.state() == State::kFailed);
    CHECK(called.failure().kind == Kind::kOldTls);
  }
}

TEST_CASE("no session is resumed: the scheduler sends no tickets") {
  Pair pair(callerContext(), calledContext());
  CHECK(pair.called.outputBytes() == 0);
  OtherPeer peer(TLS1_3_VERSION);
  TlsSession called(calledContext());
  peer.talkTo(called);
  CHECK(SSL_SESSION_is_resumable(SSL_get0_session(peer.ssl.get())) == 0);
}

TEST_CASE("bytes that are not TLS are refused at once") {
  for (const std::string& noise :
       {std::string("GET / HTTP/1.1\r\nHost: pi\r\n\r\n"), std::string("SSH-2.0-OpenSSH_9.2\r\n"),
        std::string("\0\0\0\0\5\0\0\0\0\0\0\0\1\0\1\0", 16), std::string(64, '\xff'),
        std::string(64, '\0')}) {
    CAPTURE(noise);
    for (const auto& context : {calledContext(), callerContext()}) {
      TlsSession session(context);
      session.shake();
      session.receive(std::as_bytes(std::span(noise)));
      CHECK(session.shake() == State::kFailed);
      CHECK(session.failure().kind == Kind::kNoTls);
    }
  }
}

TEST_CASE("a handshake that is cut at any byte gives no access and waits for the rest") {
  // The flight that is cut: one of the caller's two, or the scheduler's.
  for (std::size_t cut = 0;; ++cut) {
    CAPTURE(cut);
    TlsSession caller(callerContext());
    TlsSession called(calledContext());
    std::size_t left = cut;
    for (int turn = 0; turn < 3; ++turn) {
      caller.shake();
      left -= carry(caller, called, left);
      called.shake();
      left -= carry(called, caller, left);
    }
    if (called.state() == State::kOpen) {
      CHECK(cut > 1000);  // Three flights with two certificates.
      break;
    }
    REQUIRE(called.state() == State::kShaking);
    std::byte byte{};
    REQUIRE(called.read({&byte, 1}) == 0);
  }
}

TEST_CASE("a handshake with any byte changed gives no access") {
  for (std::size_t changed = 0; changed < 4000; changed += changed < 16 ? 1 : 7) {
    CAPTURE(changed);
    TlsSession caller(callerContext());
    TlsSession called(calledContext());
    std::size_t at = 0;
    std::optional<std::size_t> changedInRecord;
    auto carryChanged = [&](TlsSession& from, TlsSession& to) {
      std::vector<std::byte> bytes;
      from.takeOutput(bytes);
      if (changed >= at && changed < at + bytes.size()) {
        changedInRecord = placeInRecord(bytes, changed - at);
        bytes[changed - at] ^= std::byte{0x10};
      }
      at += bytes.size();
      to.receive(bytes);
    };
    for (int turn = 0; turn < 3; ++turn) {
      caller.shake();
      carryChanged(caller, called);
      called.shake();
      carryChanged(called, caller);
    }
    if (!changedInRecord) {
      CHECK(changed > 1000);  // Three flights with two certificates.
      break;
    }
    // TLS 1.3 ignores the version number of a record that is not encrypted.
    bool isVersion = *changedInRecord == 1 || *changedInRecord == 2;
    if (called.state() != State::kOpen) continue;
    REQUIRE(isVersion);
    CHECK(called.peerRole() == Role::kWorker);
    CHECK(caller.peerRole() == Role::kScheduler);
    write(caller, "hello");
    carry(caller, called);
    CHECK(Pair::read(called) == "hello");
  }
}

TEST_CASE("a changed byte ends a session that was open") {
  Pair pair(callerContext(), calledContext());
  write(pair.caller, "hello");
  std::vector<std::byte> bytes;
  pair.caller.takeOutput(bytes);
  bytes.back() ^= std::byte{1};
  pair.called.receive(bytes);
  CHECK(Pair::read(pair.called).empty());
  CHECK(pair.called.state() == State::kFailed);
}

TEST_CASE("a key pair has the fingerprint of its public key, and a damaged one is refused") {
  CHECK(fingerprintOf(keys().worker).size() == 64);
  CHECK(fingerprintOf(keys().worker) != fingerprintOf(keys().stranger));
  std::string text(keys().worker.reveal());
  CHECK(fingerprintOf(Secret(text)) == fingerprintOf(keys().worker));
  CHECK_THROWS_AS(fingerprintOf(Secret("")), KeyError);
  CHECK_THROWS_AS(fingerprintOf(Secret(text.substr(0, text.size() / 2))), KeyError);
  text[text.find("MI") + 8] ^= 1;
  CHECK_THROWS_AS(fingerprintOf(Secret(text)), KeyError);
}

TEST_CASE("a wiped text is empty, and so is a secret after a move") {
  std::string text = "a secret that is long enough to live on the heap";
  const char* place = text.data();
  std::size_t size = text.size();
  wipe(text);
  CHECK(text.empty());
  CHECK(std::string(place, size) == std::string(size, '\0'));

  Secret first("short");
  Secret second = std::move(first);
  CHECK(first.empty());  // NOLINT(bugprone-use-after-move): this is what is tested.
  CHECK(second.reveal() == "short");
}
